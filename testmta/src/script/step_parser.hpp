#pragma once

#include <optional>
#include <vector>

#include "script/script.hpp"
#include "script/settings.hpp"
#include "text/cursor.hpp"

namespace testmta::run {

/// Is the first word a step, a fault or a check? Words that come later in the project count as well, so that
/// they are refused as such.
bool begins_step(text::cursor const& line);
std::vector<std::string_view> step_words();

/// One line, which may be several steps (`headers`, `message`). What is wrong is thrown as `text::mistake`.
std::vector<step> parse_step(text::cursor& line, settings const& in_force);

/// `-> X, Y` and `expect X, Y`.
std::vector<expectation> parse_expectations(text::cursor& line);

/// `version N actions MASK steps MASK`, for offers and for what must come of them.
struct option_words {
    std::optional<std::uint32_t> version, actions, steps;
};
option_words parse_options(text::cursor& line);

}  // namespace testmta::run
