#pragma once

#include <cstddef>

/// What names are made of, and how much of one answer is kept, whatever a zone holds.
namespace callout::core {

inline constexpr std::size_t longest_dns_label = 63;
inline constexpr std::size_t longest_dns_name = 253;  ///< as text

/// The exchanges of best preference; more are never looked at (smtp-callout.md 2.2).
inline constexpr std::size_t most_exchanges = 20;
/// Of one host and one family: more than twice what is ever tried, so that the choice among them stays wide.
inline constexpr std::size_t most_addresses = 40;

}  // namespace callout::core
