#pragma once

#include <boost/asio/awaitable.hpp>

#include "callout/engine.hpp"
#include "world/check/check.hpp"
#include "world/language/settings.hpp"
#include "world/simulation/simulation.hpp"

namespace testmta::world {

/// What one entry is played on.
struct theatre {
    callout::engine& engine;
    callout::clock& clock;
    description const& world;
    memories const& seen;
    callout::extra_tests tests;
};

/// Asks the entry's questions in turn and judges the answers. Everything is borrowed until it is done.
boost::asio::awaitable<void> play(entry const& what, theatre on, check_result& into);

/// How the engine is set for an entry.
engine_settings settings_for(entry const& what, description const& world, std::uint16_t port);

}  // namespace testmta::world
