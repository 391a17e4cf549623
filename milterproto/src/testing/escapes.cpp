#include "escapes.hpp"

#include <charconv>
#include <stdexcept>

namespace milterproto::detail {

namespace {

constexpr std::string_view letters = "rnt0\\";
constexpr std::string_view meanings("\r\n\t\0\\", 5);

}  // namespace

std::string escaped(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (char const c : bytes) {
        auto const byte = static_cast<unsigned char>(c);
        if (auto const known = meanings.find(c); known != meanings.npos) {
            text += {'\\', letters[known]};
        } else if (byte < 0x20 || byte == 0x7f) {
            text += {'\\', 'x', digits[byte >> 4], digits[byte & 0xf]};
        } else {
            text += c;
        }
    }
    return text;
}

std::string unescaped(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i != text.size(); ++i) {
        if (text[i] != '\\') {
            bytes += text[i];
            continue;
        }
        auto const letter = ++i == text.size() ? '\0' : text[i];
        unsigned char byte = 0;
        std::string const hex(text.substr(i == text.size() ? i : i + 1).substr(0, 2));
        if (auto const known = letters.find(letter); known != letters.npos && letter != '\0') {
            bytes += meanings[known];
        } else if (letter == 'x' && hex.size() == 2 &&
                   std::from_chars(hex.data(), hex.data() + 2, byte, 16).ptr == hex.data() + 2) {
            bytes += static_cast<char>(byte);
            i += 2;
        } else {
            throw std::logic_error("rehearsal: no such escape in: " + std::string(text));
        }
    }
    return bytes;
}

}  // namespace milterproto::detail
