#include "text/cursor.hpp"

#include <algorithm>

#include "text/values.hpp"

namespace testmta::text {

namespace {

/// Stands for a value that is not known yet. It is a word and a number.
constexpr std::string_view sample = "1";

bool uses(token const& from, name_set const& which) {
    return std::ranges::any_of(from.pieces, [&](piece const& part) {
        auto const* used = std::get_if<variable>(&part);
        return used != nullptr && which.contains(used->name);
    });
}

std::string substitute(token const& from, variables const& values, name_set const& later) {
    std::string text;
    for (auto const& part : from.pieces) {
        if (auto const* plain = std::get_if<std::string>(&part)) {
            text += *plain;
            continue;
        }
        auto const& name = std::get<variable>(part).name;
        if (later.contains(name)) {
            text += sample;
            continue;
        }
        auto const found = values.find(name);
        if (found == values.end()) throw mistake(from.offset, "the variable ${" + name + "} is not set");
        text += found->second;
    }
    return text;
}

std::string_view spelling(token_kind kind) {
    return kind == token_kind::comma ? "," : "->";
}

}  // namespace

cursor::cursor(statement const& line, variables const& values) : cursor(line, values, {}) {}

cursor::cursor(statement const& line, variables const& values, name_set const& later) : end_(line.end) {
    for (auto const& one : line.tokens) {
        words_.push_back({one.kind, one.offset, substitute(one, values, later), one.odd_escape, one.lines,
                          uses(one, later)});
    }
}

bool cursor::has_sample() const noexcept {
    return std::ranges::any_of(words_, &item::is_sample);
}

bool cursor::is_sample(std::size_t offset) const noexcept {
    return std::ranges::any_of(words_,
                               [&](item const& one) { return one.offset == offset && one.is_sample; });
}

bool cursor::at_word() const noexcept {
    return !at_end() && words_[next_].kind != token_kind::comma && words_[next_].kind != token_kind::arrow;
}

std::string_view cursor::peek() const noexcept {
    return at(token_kind::bare) ? std::string_view(words_[next_].text) : std::string_view();
}

bool cursor::take(std::string_view word) {
    if (peek() != word) return false;
    ++next_;
    return true;
}

bool cursor::take(token_kind kind) {
    if (!at(kind)) return false;
    ++next_;
    return true;
}

void cursor::expect(std::string_view word) {
    if (!take(word)) fail("\"" + std::string(word) + "\"");
}

void cursor::expect(token_kind kind) {
    if (!take(kind)) fail("\"" + std::string(spelling(kind)) + "\"");
}

void cursor::expect_end() const {
    if (!at_end()) fail("the end of the line");
}

void cursor::fail(std::string_view expected) const {
    std::string const wrong =
        at_end()    ? "something is missing here"
        : at_word() ? "\"" + words_[next_].text + "\" is not allowed here"
                    : "\"" + std::string(spelling(words_[next_].kind)) + "\" is not allowed here";
    throw mistake(offset(), wrong, "expected " + std::string(expected));
}

void cursor::refuse_keyword(std::string_view what, std::span<std::string_view const> possible) const {
    if (!at(token_kind::bare)) fail(std::string(what) + "; " + list_possible(possible));
    throw mistake(offset(), explain_unknown(words_[next_].text, what, possible));
}

std::string cursor::word(std::string_view expected) {
    if (at_word() && words_[next_].odd_escape) {
        throw mistake(*words_[next_].odd_escape, "this backslash has no meaning",
                      R"(possible: \n \r \t \0 \\ \" \$ \xHH)");
    }
    return pattern(expected);
}

std::string cursor::pattern(std::string_view expected) {
    if (!at(token_kind::bare) && !at(token_kind::quoted)) fail(expected);
    return words_[next_++].text;
}

here_document cursor::heredoc(std::string_view expected) {
    if (!at(token_kind::heredoc)) fail(expected);
    auto const& taken = words_[next_++];
    return {taken.text, taken.lines};
}

template <class Parse>
auto cursor::parsed(std::string_view expected, Parse parse) {
    if (!at_word()) fail(expected);
    auto const value = parse(words_[next_].text);
    if (!value) fail(expected);
    ++next_;
    return *value;
}

std::uint32_t cursor::number(std::string_view expected, std::uint32_t least, std::uint32_t most) {
    return parsed(expected, [&](std::string_view text) {
        auto const value = parse_number(text);
        return value && *value >= least && *value <= most ? value : std::nullopt;
    });
}

std::chrono::microseconds cursor::duration() {
    return parsed("a duration of at most 3600s, such as 20ms or 5s", parse_duration);
}

std::size_t cursor::size() {
    return parsed("a size, such as 100, 10K or 1M", parse_size);
}

std::string cursor::hex() {
    auto octets = hex_word();
    while (at_word()) octets += hex_word();
    return octets;
}

std::string cursor::hex_word() {
    return parsed("pairs of hexadecimal digits", parse_hex);
}

int cursor::reply_code() {
    return parsed("a reply code from 200 to 599", parse_reply_code);
}

std::string cursor::enhanced_code() {
    return is_enhanced_code(peek()) ? words_[next_++].text : std::string();
}

}  // namespace testmta::text
