#include "text/mistakes.hpp"

#include <algorithm>

namespace testmta::text {

namespace {

/// Replaces control bytes of the file, which must not reach the terminal.
std::string visible(std::string_view octets) {
    std::string text(octets);
    std::ranges::replace_if(
        text, [](unsigned char octet) { return (octet < ' ' && octet != '\t') || octet == 0x7f; }, '?');
    return text;
}

bool continues_a_character(char octet) {
    return (static_cast<unsigned char>(octet) & 0xc0) == 0x80;
}

/// The line as it is shown, and how much of it comes before the mistake.
struct excerpt {
    std::string text;
    std::size_t before;
};

/// Returns the line, or of a very long one only what is near the mistake, so that the terminal has room for
/// the other mistakes.
excerpt around(std::string_view line, std::size_t at) {
    constexpr std::size_t longest = 200;
    constexpr std::size_t room_before = 60;
    if (line.size() <= longest) return {visible(line), at};
    auto first = at > room_before ? at - room_before : 0;
    while (first != 0 && continues_a_character(line[first])) --first;
    auto const part = line.substr(first, longest);
    excerpt found{first == 0 ? "" : "...", 0};
    found.before = found.text.size() + (at - first);
    found.text += visible(part);
    if (first + part.size() < line.size()) found.text += "...";
    return found;
}

/// Shortens a message. Its beginning quotes the script and its end lists what is possible, so the middle is
/// cut.
std::string shortened(std::string_view text) {
    constexpr std::size_t longest = 1000;
    constexpr std::size_t head = 100;
    constexpr std::size_t tail = 600;
    if (text.size() <= longest) return visible(text);
    return visible(text.substr(0, head)) + "..." + visible(text.substr(text.size() - tail));
}

/// Returns blanks as wide as `text` on a terminal: tabs stay, a UTF-8 sequence takes one column.
std::string indent_like(std::string_view text) {
    std::string blanks;
    for (unsigned char const octet : text) {
        if (octet == '\t') {
            blanks += '\t';
        } else if (!continues_a_character(static_cast<char>(octet))) {
            blanks += ' ';
        }
    }
    return blanks;
}

std::string describe(source const& file, std::size_t offset, std::string_view what) {
    constexpr std::string_view margin = "    ";
    auto const at = file.locate(offset);
    auto const shown = around(file.line(at.line), at.column - 1);
    std::string text = file.name();
    text.append(":").append(std::to_string(at.line)).append(":").append(std::to_string(at.column));
    text.append(": ").append(shortened(what)).append("\n");
    text.append(margin).append(shown.text).append("\n");
    text.append(margin).append(indent_like(shown.text.substr(0, shown.before))).append("^\n");
    return text;
}

}  // namespace

void mistakes::add(mistake what) {
    // A repeated block is read several times, but its mistake counts once.
    auto const known =
        std::ranges::any_of(all_, [&](mistake const& other) { return other.offset == what.offset; });
    if (!known && !full()) all_.push_back(std::move(what));
}

template <class Describe>
std::string mistakes::each(Describe describe_one) const {
    auto sorted = all_;
    std::ranges::sort(sorted, {}, &mistake::offset);
    std::string text;
    for (auto const& one : sorted) text += describe_one(one);
    return text;
}

std::string mistakes::report(source const& file) const {
    auto text = each([&](mistake const& one) { return describe(file, one.offset, one.text); });
    return text + that_was_all(file.name());
}

std::string mistakes::report(sources const& files) const {
    auto text = each([&](mistake const& one) {
        auto const [file, within] = files.find(one.offset);
        return describe(*file, within, one.text);
    });
    return text + that_was_all(files.find(0).file->name());
}

/// Returns the remark that there may be more mistakes, if so.
std::string mistakes::that_was_all(std::string const& file) const {
    if (!full()) return {};
    return file + ": these are the first " + std::to_string(most) + " mistakes; there may be more\n";
}

}  // namespace testmta::text
