#include "text/printable.hpp"

#include <algorithm>

namespace testmta::text {

namespace {

void append_hex(std::string& text, unsigned char octet) {
    text.append("\\x").append(1, hex_digits[octet >> 4]).append(1, hex_digits[octet & 0xf]);
}

/// Returns how many bytes the character takes that begins here, or 0 if it is not UTF-8 (RFC 3629 4).
std::size_t character_at(std::string_view text) {
    auto const octet = [&](std::size_t i) {
        return static_cast<unsigned char>(i < text.size() ? text[i] : 0);
    };
    auto const first = octet(0);
    if (first < 0x80) return 1;
    auto const size = first >= 0xc2 && first < 0xe0   ? 2u
                      : first >= 0xe0 && first < 0xf0 ? 3u
                      : first >= 0xf0 && first < 0xf5 ? 4u
                                                      : 0u;
    for (std::size_t i = 1; i < size; ++i) {
        if ((octet(i) & 0xc0) != 0x80) return 0;
    }
    auto const second = octet(1);
    auto const is_overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    auto const is_beyond = (first == 0xed && second >= 0xa0) || (first == 0xf4 && second >= 0x90);
    return is_overlong || is_beyond ? 0 : size;
}

}  // namespace

std::string printable(std::string_view octets) {
    std::string text;
    for (unsigned char const octet : octets) {
        if (is_printable(octet)) {
            text += static_cast<char>(octet);
        } else {
            append_hex(text, octet);
        }
    }
    return text;
}

std::string readable(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        auto const size = character_at(text);
        auto const octet = static_cast<unsigned char>(text.front());
        if (size == 0 || octet < ' ' || octet == 0x7f) {
            append_hex(out, octet);
            text.remove_prefix(1);
        } else {
            out += text.substr(0, size);
            text.remove_prefix(size);
        }
    }
    return out;
}

std::string in_quotes(std::string_view word) {
    std::string text = "\"";
    for (char const c : word) {
        auto const octet = static_cast<unsigned char>(c);
        if (octet < ' ' || octet == 0x7f) {
            append_hex(text, octet);
            continue;
        }
        if (c == '"' || c == '\\' || c == '$') text += '\\';
        text += c;
    }
    return text + '"';
}

}  // namespace testmta::text
