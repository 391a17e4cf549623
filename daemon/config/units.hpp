#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "callout/limits.hpp"

/// Durations and sizes as people write them (daemon.md 3.1.5).
namespace vouchd {

/// Reads `8s`, `1.5s`, `1h30m`, `0`; units ms, s, m, h, d, w. Returns nothing for anything else, or for more
/// than a hundred years.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// Returns the duration in the largest units that are exact: 90'000 ms are `1m30s`.
std::string to_text(std::chrono::milliseconds duration);

/// Reads an integer with B, KiB, MiB or GiB. Returns nothing for anything else, or for more than 2^50 bytes.
std::optional<std::size_t> parse_size(std::string_view text);
std::string size_text(std::size_t bytes);

/// Reads `60/1m`, `200/1s`: at least one, in a time that is not zero. Returns nothing for anything else.
std::optional<callout::rate> parse_rate(std::string_view text);
std::string to_text(callout::rate const& value);

}  // namespace vouchd
