#pragma once

#include <optional>
#include <vector>

#include "script/expectation.hpp"
#include "text/cursor.hpp"

namespace testmta::run {

/// Parses `X, Y` after `->` or `expect`. Throws `text::mistake`.
std::vector<expectation> parse_expectations(text::cursor& line);

/// Parses `CMP VALUE`.
text_test parse_text_test(text::cursor& line);
/// Parses a regular expression.
text::expression parse_pattern(text::cursor& line);

/// `version N actions MASK steps MASK`, for an offer and for the agreement that it must lead to.
struct option_words {
    std::optional<std::uint32_t> version;
    option_mask actions, steps;
};
option_words parse_options(text::cursor& line);

/// Parses the name of one bit of the negotiation.
std::uint32_t parse_option_name(text::cursor& line, std::span<option_name const> names);

}  // namespace testmta::run
