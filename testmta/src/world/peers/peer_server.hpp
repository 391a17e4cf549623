#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "world/peers/peer_context.hpp"

namespace testmta::world {

/// The listening sockets of all peers: one for each address, on one port that is free on all of them. Where a
/// peer's port is closed nothing listens; where it is a black hole, connection attempts are not answered.
/// Addresses that only a simulation reaches are left out.
class peer_listeners {
public:
    /// Returns who is played at this address now; nobody where a world was replaced meanwhile.
    using finder = std::function<played_peer(boost::asio::ip::address const&)>;

    /// Listens. Port 0 chooses a free port. Throws std::runtime_error.
    peer_listeners(boost::asio::any_io_executor executor, std::vector<peer> const& peers, std::uint16_t port);
    ~peer_listeners();

    /// Returns the port; 0 as long as no peer has listened.
    std::uint16_t port() const noexcept { return port_; }
    /// Plays the peers for every client that connects, until this object ends. The context must outlive all
    /// connections.
    void serve(finder who, peer_context const& shared);
    /// Listens where these peers are, and no longer where only earlier ones were. Throws std::runtime_error,
    /// and then the earlier ones still listen.
    void adopt(std::vector<peer> const& peers);

private:
    struct listener;
    using listeners = std::vector<std::shared_ptr<listener>>;
    struct failure;

    failure try_port(std::vector<peer> const& peers);
    failure listen(peer const& host, boost::asio::ip::address const& address, listeners& into);
    failure open(boost::asio::ip::address const& address, port_state how, listeners& into);
    void restore(listeners const& opened);
    void accept_at(listener& one);

    boost::asio::any_io_executor executor_;
    std::uint16_t port_ = 0;
    listeners all_;
    finder who_;
    peer_context const* shared_ = nullptr;
};

}  // namespace testmta::world
