#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Single words that mean a number of something. Nothing where the word is none.
namespace testmta::text {

/// `20us`, `100ms`, `5s`; at most an hour, for no test waits longer.
std::optional<std::chrono::microseconds> parse_duration(std::string_view word);
/// `100`, `10K`, `1M`, in octets of 1024.
std::optional<std::size_t> parse_size(std::string_view word);
/// Decimal, or with `0x` hexadecimal.
std::optional<std::uint32_t> parse_number(std::string_view word);
/// Pairs of hexadecimal digits.
std::optional<std::string> parse_hex(std::string_view word);
/// `5.1.1` (RFC 3463 2): the class is 2, 4 or 5.
bool is_enhanced_code(std::string_view word);
/// Three digits from 200 to 599.
std::optional<int> parse_reply_code(std::string_view word);

/// The shortest exact form: `300s`, `20ms`.
std::string to_string(std::chrono::microseconds time);

}  // namespace testmta::text
