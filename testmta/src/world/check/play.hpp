#pragma once

#include <boost/asio/awaitable.hpp>

#include "callout/engine.hpp"
#include "world/check/check.hpp"
#include "world/language/settings.hpp"
#include "world/simulation/simulation.hpp"

namespace testmta::world {

/// What one entry is played with.
struct fixture {
    callout::engine& engine;
    callout::clock& clock;
    description const& world;
    memories const& seen;
    callout::extra_tests tests;
};

/// Asks the entry's questions in turn and checks the answers. It borrows everything until it is done.
boost::asio::awaitable<void> play(entry const& what, fixture on, check_result& into);

/// Returns the settings of the engine for an entry.
engine_settings settings_for(entry const& what, description const& world, std::uint16_t port);

}  // namespace testmta::world
