#pragma once

#include <map>
#include <string_view>

#include "world/live/changeable_world.hpp"
#include "world/peers/dns_server.hpp"
#include "world/peers/peer_server.hpp"

namespace testmta::world {

/// A world whose sockets listen. It can be replaced, and so can the rules of a peer, while clients are
/// connected: a connection keeps the rules with which it began.
class live_world final : public changeable_world {
public:
    /// Listens. Throws std::runtime_error. The context must outlive the executor's work.
    live_world(boost::asio::any_io_executor executor, description what, ports wanted,
               peer_context const& shared);

    void serve();
    description const& what() const override { return what_; }
    ports where() const override { return {listeners_.port(), dns_.port()}; }
    peer_memory const* memory_of(std::string_view peer_name) const override;
    void replace(description what) override;
    bool replace_rules(std::string_view peer_name, std::vector<rule> rules) override;

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
