#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

/// Bytes as conversations write them.
namespace milterproto::test {

inline std::string unescape(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i != text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            bytes.push_back(text[i]);
            continue;
        }
        switch (text[++i]) {
            case 'r': bytes.push_back('\r'); break;
            case 'n': bytes.push_back('\n'); break;
            case 't': bytes.push_back('\t'); break;
            case '0': bytes.push_back('\0'); break;
            case 'x':
                bytes.push_back(
                    static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16)));
                i += 2;
                break;
            default: bytes.push_back(text[i]);
        }
    }
    return bytes;
}

inline std::string escape(std::string_view bytes) {
    std::string text;
    for (char const c : bytes) {
        auto const byte = static_cast<unsigned char>(c);
        switch (c) {
            case '\r': text += "\\r"; continue;
            case '\n': text += "\\n"; continue;
            case '\t': text += "\\t"; continue;
            case '\0': text += "\\0"; continue;
            case '\\': text += "\\\\"; continue;
            default: break;
        }
        if (byte >= 0x20 && byte < 0x7f) {
            text.push_back(c);
            continue;
        }
        std::array<char, 5> hex{};
        std::snprintf(hex.data(), hex.size(), "\\x%02x", byte);
        text += hex.data();
    }
    return text;
}

inline std::string_view take_word(std::string_view& rest) {
    auto const end = rest.find(' ');
    auto const word = rest.substr(0, end);
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    return word;
}

inline std::vector<std::string> words_of(std::string_view rest) {
    std::vector<std::string> words;
    while (!rest.empty()) words.push_back(unescape(take_word(rest)));
    return words;
}

inline std::uint32_t number(std::string_view word, int base) {
    return static_cast<std::uint32_t>(std::stoul(std::string(word), nullptr, base));
}

}  // namespace milterproto::test
