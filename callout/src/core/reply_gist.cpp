#include "core/reply_gist.hpp"

#include <algorithm>
#include <string_view>

#include "core/ascii.hpp"

namespace callout::core {
namespace {

constexpr std::size_t shortest_word = 3;
constexpr std::size_t shortest_number = 6;  ///< of hexadecimal digits without one below 10: "dead" is a word

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
bool is_capital(char c) noexcept {
    return c >= 'A' && c <= 'Z';
}
bool is_small(char c) noexcept {
    return c >= 'a' && c <= 'z';
}
bool is_of_word(char c) noexcept {
    return is_digit(c) || is_capital(c) || is_small(c);
}
bool is_hexadecimal(char c) noexcept {
    return lower(c) >= 'a' && lower(c) <= 'f';
}

/// Removes a name wherever it stands, whatever its case, unless it is a part of a longer word.
void take_out(std::string& text, std::string_view name) {
    if (name.empty()) return;
    auto const wanted = in_lower_case(name);
    auto const searched = in_lower_case(text);
    std::string rest;
    std::size_t done = 0;
    for (auto at = searched.find(wanted); at != searched.npos; at = searched.find(wanted, at + 1)) {
        auto const end = at + wanted.size();
        bool const begins = at == 0 || !is_of_word(text[at - 1]);
        bool const ends = end == text.size() || !is_of_word(text[end]);
        if (at < done || !begins || !ends) continue;
        rest.append(text, done, at - done);
        done = end;
    }
    text = rest.append(text, done);
}

/// Returns the word without the punctuation around it.
std::string_view bare(std::string_view word) noexcept {
    while (!word.empty() && !is_of_word(word.front())) word.remove_prefix(1);
    while (!word.empty() && !is_of_word(word.back())) word.remove_suffix(1);
    return word;
}

/// "zQwBPd" is an id, and so may "SpamHaus" be: it is left out of every reply alike.
bool mixes_capitals(std::string_view word) noexcept {
    auto const rises = [](char a, char b) { return is_small(a) && is_capital(b); };
    return std::ranges::adjacent_find(word, rises) != word.end();
}

bool is_marked(std::string_view raw) noexcept {
    return std::ranges::any_of(raw, [](char c) { return is_digit(c) || c == '@'; });
}

bool names_an_occasion(std::string_view word) noexcept {
    bool const is_number = word.size() >= shortest_number && std::ranges::all_of(word, is_hexadecimal);
    return word.size() < shortest_word || is_number || mixes_capitals(word);
}

void add_words(std::string_view text, std::string& gist) {
    constexpr std::string_view blanks = " \t";
    for (auto at = text.find_first_not_of(blanks); at != text.npos;) {
        auto const end = std::min(text.find_first_of(blanks, at), text.size());
        auto const raw = text.substr(at, end - at);
        auto const word = bare(raw);
        if (!is_marked(raw) && !names_an_occasion(word)) gist.append(1, ' ').append(in_lower_case(word));
        at = text.find_first_not_of(blanks, end);
    }
}

}  // namespace

std::string gist_of(reply const& r, mailbox const& asked) {
    auto gist = std::to_string(r.code);
    if (r.enhanced) gist.append(1, ' ').append(r.enhanced->to_string());
    for (auto const line : r.lines) {
        std::string text(line);
        for (auto const& name : {asked.address(), asked.domain(), asked.local_part()}) take_out(text, name);
        add_words(text, gist);
    }
    return gist;
}

}  // namespace callout::core
