#pragma once

#include "callout/testing/memory_world.hpp"
#include "world/peers/peer_context.hpp"

namespace testmta::world {

/// Puts the peers and zones of a world into one in memory. There an hour of waiting costs nothing, and two
/// runs are identical to the byte. What is borrowed must outlive `into`.
void furnish(callout::testing::memory_world& into, description const& what, memories& known,
             peer_context const& shared);

}  // namespace testmta::world
