#pragma once

#include <string>
#include <string_view>

namespace testmta::text {

inline constexpr std::string_view hex_digits = "0123456789abcdef";

inline bool is_printable(unsigned char octet) {
    return octet >= ' ' && octet < 0x7f;
}

/// Returns a peer's bytes with each that is not printable ASCII replaced by `\xHH`.
std::string printable(std::string_view octets);

/// Returns what a person wrote as one line: control characters, and bytes that are not UTF-8, are replaced by
/// `\xHH`.
std::string readable(std::string_view text);

/// Returns a word in double quotes, as scripts and worlds read it back.
std::string in_quotes(std::string_view word);

}  // namespace testmta::text
