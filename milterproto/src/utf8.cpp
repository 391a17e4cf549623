#include "utf8.hpp"

#include <algorithm>

namespace milterproto {

namespace {

/// The characters of one size and kind, by their first two bytes. Narrow ranges of the second leave out
/// overlong forms, surrogates, and what is above U+10FFFF.
struct row {
    unsigned char first_from, first_to, second_from, second_to;
    std::size_t size;
};
constexpr row rows[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
    {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

bool is_between(char byte, unsigned char from, unsigned char to) noexcept {
    auto const value = static_cast<unsigned char>(byte);
    return value >= from && value <= to;
}

}  // namespace

std::size_t utf8_character(std::string_view text) noexcept {
    if (text.empty()) return 0;
    if (is_between(text.front(), 0x00, 0x7f)) return 1;
    for (auto const& one : rows) {
        if (!is_between(text.front(), one.first_from, one.first_to)) continue;
        if (text.size() < one.size || !is_between(text[1], one.second_from, one.second_to)) return 0;
        auto const others = text.substr(2, one.size - 2);
        bool const goes_on = std::ranges::all_of(others, [](char c) { return is_between(c, 0x80, 0xbf); });
        return goes_on ? one.size : 0;
    }
    return 0;
}

}  // namespace milterproto
