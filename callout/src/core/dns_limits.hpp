#pragma once

#include <cstddef>

/// How much of one answer is kept, whatever a zone holds.
namespace callout::core {

/// The exchanges of best preference; more are never looked at (smtp-callout.md 2.2).
inline constexpr std::size_t most_exchanges = 20;
/// Of one host and one family: more than twice what is ever tried, so that the choice among them stays wide.
inline constexpr std::size_t most_addresses = 40;

}  // namespace callout::core
