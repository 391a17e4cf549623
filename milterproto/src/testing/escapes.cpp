#include "escapes.hpp"

#include <charconv>
#include <stdexcept>

namespace milterproto::detail {

namespace {

constexpr std::string_view letters = "rnt0\\";
constexpr std::string_view meanings("\r\n\t\0\\", 5);

}  // namespace

std::string escaped(std::string_view octets) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (char const c : octets) {
        auto const octet = static_cast<unsigned char>(c);
        if (auto const known = meanings.find(c); known != meanings.npos) {
            text += {'\\', letters[known]};
        } else if (octet < 0x20 || octet == 0x7f) {
            text += {'\\', 'x', digits[octet >> 4], digits[octet & 0xf]};
        } else {
            text += c;
        }
    }
    return text;
}

std::string unescaped(std::string_view text) {
    std::string octets;
    for (std::size_t i = 0; i != text.size(); ++i) {
        if (text[i] != '\\') {
            octets += text[i];
            continue;
        }
        auto const letter = ++i == text.size() ? '\0' : text[i];
        unsigned char octet = 0;
        std::string const hex(text.substr(i == text.size() ? i : i + 1).substr(0, 2));
        if (auto const known = letters.find(letter); known != letters.npos && letter != '\0') {
            octets += meanings[known];
        } else if (letter == 'x' && hex.size() == 2 &&
                   std::from_chars(hex.data(), hex.data() + 2, octet, 16).ptr == hex.data() + 2) {
            octets += static_cast<char>(octet);
            i += 2;
        } else {
            throw std::logic_error("rehearsal: no such escape in: " + std::string(text));
        }
    }
    return octets;
}

}  // namespace milterproto::detail
