#pragma once

#include <string_view>
#include <vector>

#include "world/check/vouchd_config.hpp"
#include "world/peers/peer_memory.hpp"

namespace testmta::world {

/// A world that is served, and can be changed meanwhile.
class changeable_world {
public:
    virtual ~changeable_world() = default;

    virtual description const& what() const = 0;
    virtual ports where() const = 0;
    /// Returns what the peer has seen, or nothing if there is no such peer.
    virtual peer_memory const* memory_of(std::string_view peer_name) const = 0;

    /// Serves another world on the same ports. Its peers remember nothing. Throws std::runtime_error if it
    /// cannot listen; then the earlier world goes on.
    virtual void replace(description what) = 0;
    /// Gives a peer other rules. It remembers its clients, but rules that count begin again. Returns whether
    /// there is such a peer.
    virtual bool replace_rules(std::string_view peer_name, std::vector<rule> rules) = 0;
};

}  // namespace testmta::world
