#pragma once

#include <memory>

#include "world/peers/bouncer.hpp"
#include "world/peers/certificate_authority.hpp"
#include "world/peers/journal.hpp"
#include "world/peers/mailbag.hpp"
#include "world/peers/peer_memory.hpp"

namespace testmta::world {

/// What all peers of a world share. It is borrowed.
struct peer_context {
    journal& log;
    mailbag& mail;
    certificate_authority const& authority;
    bouncer* bounces = nullptr;  ///< nothing in a simulation, which has no network
};

/// A peer that is played: what it does, and what it remembers. Each connection keeps the pair with which it
/// began, so that a world can change while clients are connected.
struct played_peer {
    std::shared_ptr<peer const> host;
    std::shared_ptr<peer_memory> memory;
};

/// Returns a pair whose parts another owns.
inline played_peer borrowed(peer const& host, peer_memory& memory) {
    std::shared_ptr<void> const nobody;
    return {std::shared_ptr<peer const>(nobody, &host), std::shared_ptr<peer_memory>(nobody, &memory)};
}

}  // namespace testmta::world
