#pragma once

#include <map>
#include <string_view>

#include "world/check/vouchd_config.hpp"
#include "world/peers/dns_server.hpp"
#include "world/peers/peer_server.hpp"

namespace testmta::world {

/// A world whose sockets listen. It can be replaced, and so can the rules of a peer, while clients are
/// connected: a connection keeps the rules with which it began.
class live_world {
public:
    /// Listens. Throws std::runtime_error. The context must outlive the executor's work.
    live_world(boost::asio::any_io_executor executor, description what, ports wanted,
               peer_context const& shared);

    void serve();
    description const& what() const noexcept { return what_; }
    ports where() const { return {listeners_.port(), dns_.port()}; }
    /// Returns what the peer has seen, or nothing if there is no such peer.
    peer_memory const* memory_of(std::string_view peer_name) const;

    /// Serves another world on the same ports. Its peers remember nothing. Throws std::runtime_error if it
    /// cannot listen; then the earlier world goes on.
    void replace(description what);
    /// Gives a peer other rules. It remembers its clients, but rules that count begin again. Returns whether
    /// there is such a peer.
    bool replace_rules(std::string_view peer_name, std::vector<rule> rules);

private:
    void play(description const& what);
    played_peer played_at(boost::asio::ip::address const& address) const;

    description what_;
    std::map<std::string, played_peer, std::less<>> played_;
    peer_context const& shared_;
    dns::server dns_;
    peer_listeners listeners_;
};

}  // namespace testmta::world
