#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <vector>

#include "journal.hpp"
#include "visit.hpp"

namespace testmta::world {

/// The listening sockets of all peers: each address, and one port that is free on all of them.
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

    std::uint16_t port_ = 0;
    std::vector<entry> entries_;
};

/// Plays the peer to whoever connects, until the acceptor is closed. Everything is borrowed for as long.
void serve_peer(boost::asio::ip::tcp::acceptor& acceptor, peer const& host, peer_memory& memory,
                journal& log);

}  // namespace testmta::world
