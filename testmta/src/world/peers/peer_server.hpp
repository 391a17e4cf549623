#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <vector>

#include "world/peers/journal.hpp"
#include "world/peers/peer_memory.hpp"

namespace testmta::world {

/// The listening sockets of all peers: one for each address, on one port that is free on all of them. Where a
/// peer's port is closed nothing listens; where it is a black hole, connection attempts are not answered.
/// Addresses that only a simulation reaches are left out.
class peer_listeners {
public:
    /// Listens. Port 0 chooses a free port. Throws std::runtime_error.
    peer_listeners(boost::asio::any_io_executor executor, std::vector<peer> const& peers, std::uint16_t port);

    std::uint16_t port() const noexcept { return port_; }
    /// A listening socket, with the peer whose address it has.
    struct entry {
        boost::asio::ip::tcp::acceptor acceptor;
        peer const* host;
    };
    std::vector<entry>& entries() noexcept { return entries_; }

private:
    boost::system::error_code try_port(boost::asio::any_io_executor const& executor,
                                       std::vector<peer> const& peers, std::uint16_t port);
    boost::system::error_code listen(boost::asio::any_io_executor const& executor, peer const& host,
                                     boost::asio::ip::address const& address);
    /// Fills the queue with a connection that is never accepted, so that others get no answer.
    boost::system::error_code fill_queue(boost::asio::ip::tcp::acceptor& acceptor);

    std::uint16_t port_ = 0;
    std::vector<entry> entries_;
    std::vector<boost::asio::ip::tcp::socket> fillers_;
};

/// Plays the peer for every client that connects, until the acceptor is closed. It borrows everything until
/// then.
void serve_peer(boost::asio::ip::tcp::acceptor& acceptor, peer const& host, peer_memory& memory,
                journal& log);

}  // namespace testmta::world
