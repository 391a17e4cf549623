#include "mistakes.hpp"

#include <algorithm>

namespace testmta::text {

namespace {

/// Blanks as wide as `text` on a terminal: tabs stay, a UTF-8 sequence takes one column.
std::string indent_like(std::string_view text) {
    std::string blanks;
    for (unsigned char const octet : text) {
        if (octet == '\t') {
            blanks += '\t';
        } else if ((octet & 0xc0) != 0x80) {
            blanks += ' ';
        }
    }
    return blanks;
}

std::string describe(source const& file, mistake const& what) {
    constexpr std::string_view margin = "    ";
    auto const at = file.locate(what.offset);
    auto const line = file.line(at.line);
    std::string text = file.name();
    text.append(":").append(std::to_string(at.line)).append(":").append(std::to_string(at.column));
    text.append(": ").append(what.text).append("\n");
    text.append(margin).append(line).append("\n");
    text.append(margin).append(indent_like(line.substr(0, at.column - 1))).append("^\n");
    return text;
}

}  // namespace

void mistakes::add(mistake what) {
    // A repeated block is read several times; its mistake is one all the same.
    auto const known =
        std::ranges::any_of(all_, [&](mistake const& other) { return other.offset == what.offset; });
    if (!known && !full()) all_.push_back(std::move(what));
}

std::string mistakes::report(source const& file) const {
    auto sorted = all_;
    std::ranges::sort(sorted, {}, &mistake::offset);
    std::string text;
    for (auto const& one : sorted) text += describe(file, one);
    return text;
}

}  // namespace testmta::text
