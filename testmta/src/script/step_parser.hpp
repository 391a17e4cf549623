#pragma once

#include <optional>
#include <vector>

#include "script/script.hpp"
#include "script/settings.hpp"
#include "text/cursor.hpp"

namespace testmta::run {

/// Returns whether the first word is a step, a fault or a check. Words that are reserved for later count as
/// well, so that they are refused as such.
bool begins_step(text::cursor const& line);
std::vector<std::string_view> step_words();

/// Parses one line, which may be several steps (`headers`, `message`). Throws `text::mistake`.
std::vector<step> parse_step(text::cursor& line, settings const& in_force);

/// Parses `X, Y` after `->` or `expect`.
std::vector<expectation> parse_expectations(text::cursor& line);

/// `version N actions MASK steps MASK`, for an offer and for the agreement that it must lead to.
struct option_words {
    std::optional<std::uint32_t> version, actions, steps;
};
option_words parse_options(text::cursor& line);

}  // namespace testmta::run
