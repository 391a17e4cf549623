#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <vector>

#include "world/peers/journal.hpp"
#include "world/peers/peer_memory.hpp"

namespace testmta::world {

/// The listening sockets of all peers: each address, and one port that is free on all of them. Where a peer's
/// port is closed nothing listens; where it is a black hole, connection attempts are not answered. Addresses
/// that only a simulation knows are left out.
class peer_listeners {
public:
    /// Port 0 chooses one. Throws std::runtime_error.
    peer_listeners(boost::asio::any_io_executor executor, std::vector<peer> const& peers, std::uint16_t port);

    std::uint16_t port() const noexcept { return port_; }
    /// Each with the peer whose address it has.
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
    /// Nobody takes these connections out of the queue, so that it is full.
    boost::system::error_code fill_queue(boost::asio::ip::tcp::acceptor& acceptor);

    std::uint16_t port_ = 0;
    std::vector<entry> entries_;
    std::vector<boost::asio::ip::tcp::socket> fillers_;
};

/// Plays the peer to whoever connects, until the acceptor is closed. Everything is borrowed for as long.
void serve_peer(boost::asio::ip::tcp::acceptor& acceptor, peer const& host, peer_memory& memory,
                journal& log);

}  // namespace testmta::world
