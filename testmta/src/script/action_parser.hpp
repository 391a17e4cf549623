#pragma once

#include <string_view>
#include <vector>

#include "script/settings.hpp"
#include "script/step.hpp"
#include "text/cursor.hpp"

namespace testmta::run {

/// How a step is to be understood.
class manner {
public:
    bool forced;
    settings const& in_force;
};

/// Parses what a step does, up to its expectations. Throws `text::mistake`.
action parse_action(text::cursor& line, manner const& how);
/// Returns the words that such steps begin with.
std::vector<std::string_view> action_words();

}  // namespace testmta::run
