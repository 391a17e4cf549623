#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Parses single words that are numbers or codes. Each function returns nothing if the word is not one.
namespace testmta::text {

/// Parses `20us`, `100ms` or `5s`; at most an hour, because no test waits longer.
std::optional<std::chrono::microseconds> parse_duration(std::string_view word);
/// Parses `100`, `10K` (10 · 1024 bytes) or `1M`.
std::optional<std::size_t> parse_size(std::string_view word);
/// Parses a decimal number, or a hexadecimal one after `0x`.
std::optional<std::uint32_t> parse_number(std::string_view word);
/// Parses pairs of hexadecimal digits.
std::optional<std::string> parse_hex(std::string_view word);
/// Returns whether the word is an enhanced code such as `5.1.1` (RFC 3463 2), whose class is 2, 4 or 5.
bool is_enhanced_code(std::string_view word);
/// Parses three digits from 200 to 599.
std::optional<int> parse_reply_code(std::string_view word);

/// Returns the shortest exact form: `300s`, `20ms`.
std::string to_string(std::chrono::microseconds time);

}  // namespace testmta::text
