#pragma once

#include <string_view>
#include <vector>

#include "script/settings.hpp"
#include "script/step.hpp"
#include "text/cursor.hpp"

namespace testmta::run {

/// Returns whether the first word is a step, a fault or a check.
bool begins_step(text::cursor const& line);
std::vector<std::string_view> step_words();

/// Parses one line, which may be several steps (`headers`, `message`). Throws `text::mistake`.
std::vector<step> parse_step(text::cursor& line, settings const& in_force);

/// Makes the step of an action that stands there, with the expectations and the limit that are implied.
step make_step(action what, std::size_t offset, settings const& in_force);

}  // namespace testmta::run
