#pragma once

#include <algorithm>
#include <string_view>

namespace smtpserver::core {

/// Returns the byte of that value. Ranges from 0x80 on are in order, whether `char` has a sign or not.
constexpr char octet(int value) {
    return static_cast<char>(value);
}

constexpr bool is_beyond_ascii(char c) {
    return static_cast<unsigned char>(c) >= 0x80;
}

constexpr bool is_control(char c) {
    auto const value = static_cast<unsigned char>(c);
    return value < 0x20 || value == 0x7f;
}

constexpr char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool equals_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (to_lower(a[i]) != to_lower(b[i])) return false;
    }
    return true;
}

/// Returns the bytes up to the first CR, LF or NUL.
constexpr std::string_view plain_run(std::string_view text) {
    auto const is_special = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
    return {text.begin(), std::ranges::find_if(text, is_special)};
}

/// Returns the text without blanks at its ends.
constexpr std::string_view trimmed(std::string_view text) {
    auto const first = text.find_first_not_of(" \t");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace smtpserver::core
