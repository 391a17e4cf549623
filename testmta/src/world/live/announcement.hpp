#pragma once

#include <iosfwd>
#include <string>

#include "world/live/live_world.hpp"

namespace testmta::world {

/// Where a world that is served is found, apart from its servers.
struct surroundings {
    std::string config;   ///< the configuration file that was written; empty: none
    std::string control;  ///< the URL of the control interface; empty: none
};

/// Writes where everything listens, one a line, for a person.
void announce(std::ostream& out, live_world const& world, surroundings const& around);
/// Returns the same as one line of JSON, for a program.
std::string json_announcement(live_world const& world, surroundings const& around);

}  // namespace testmta::world
