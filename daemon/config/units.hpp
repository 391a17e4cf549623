#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "callout/limits.hpp"

/// Durations and sizes as people write them (daemon.md 3.1.5).
namespace vouchd {

/// `8s`, `1.5s`, `1h30m`, `0`; units ms, s, m, h, d, w. Nothing for anything else, also beyond a hundred
/// years.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// In the largest units that tell it exactly: 90'000 ms are `1m30s`.
std::string to_text(std::chrono::milliseconds duration);

/// An integer with B, KiB, MiB or GiB. Nothing for anything else, also beyond 2^50.
std::optional<std::size_t> parse_size(std::string_view text);
std::string size_text(std::size_t octets);

/// `60/1m`, `200/1s`: at least one, in a time that is not zero.
std::optional<callout::rate> parse_rate(std::string_view text);
std::string to_text(callout::rate const& value);

}  // namespace vouchd
