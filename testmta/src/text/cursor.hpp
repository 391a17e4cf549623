#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "text/keywords.hpp"
#include "text/lexer.hpp"

namespace testmta::text {

using variables = std::map<std::string, std::string, std::less<>>;
using name_set = std::set<std::string, std::less<>>;

/// A here-document, with the offsets of its lines, which mistakes in it refer to.
class here_document {
public:
    std::string text;
    std::vector<std::size_t> lines;  ///< the offset of each in the file
};

/// Reads one statement from left to right. Every function either takes what the grammar requires next, or
/// throws a mistake at the word that is wrong or missing.
class cursor {
public:
    /// Throws a mistake if the statement uses a variable that is not set (TM-017).
    cursor(statement const& line, variables const& values);
    /// The same for a line whose variables may also be among `later`: they get a value only when the line is
    /// played. Until then a sample stands in their place.
    cursor(statement const& line, variables const& values, name_set const& later);

    /// Returns whether any word has a sample in it.
    bool has_sample() const noexcept;
    /// Returns whether the word there has one, so that nothing can be said against it yet.
    bool is_sample(std::size_t offset) const noexcept;

    bool at_end() const noexcept { return next_ == words_.size(); }
    /// Returns whether a word is next: not the end, a comma or an arrow.
    bool at_word() const noexcept;
    bool at(token_kind kind) const noexcept { return !at_end() && words_[next_].kind == kind; }
    /// Returns where the next word is, or would be.
    std::size_t offset() const noexcept { return at_end() ? end_ : words_[next_].offset; }
    /// Returns the next word if it is written without quotes, as keywords are; otherwise an empty text.
    std::string_view peek() const noexcept;

    bool take(std::string_view word);    ///< takes the bare word if it is next
    bool take(token_kind kind);          ///< takes the comma or arrow if it is next
    void expect(std::string_view word);  ///< takes the bare word
    void expect(token_kind kind);
    void expect_end() const;

    std::string word(std::string_view expected);
    /// Takes a word in which a backslash may come before any letter.
    std::string pattern(std::string_view expected);
    here_document heredoc(std::string_view expected);
    std::uint32_t number(std::string_view expected, std::uint32_t least = 0, std::uint32_t most = UINT32_MAX);
    std::chrono::microseconds duration();
    std::size_t size();
    /// Takes one or more words of hexadecimal digits.
    std::string hex();
    std::string hex_word();
    int reply_code();
    /// Takes an enhanced code if one is next; otherwise returns an empty text.
    std::string enhanced_code();

    template <class Meaning, std::size_t Count>
    Meaning one_of(keyword<Meaning> const (&table)[Count], std::string_view what) {
        std::span<keyword<Meaning> const> const words(table);
        auto const spelt = peek();
        for (auto const& one : words) {
            if (one.name == spelt) return ++next_, one.meaning;
        }
        refuse_keyword(what, names_of(words));
    }

    /// Throws the mistake that the next word is not what was expected.
    [[noreturn]] void fail(std::string_view expected) const;

private:
    struct item {
        token_kind kind;
        std::size_t offset;
        std::string text;
        std::optional<std::size_t> odd_escape;
        std::vector<std::size_t> lines;
        bool is_sample = false;
    };

    [[noreturn]] void refuse_keyword(std::string_view what, std::span<std::string_view const> possible) const;
    template <class Parse>
    auto parsed(std::string_view expected, Parse parse);

    std::vector<item> words_;
    std::size_t next_ = 0;
    std::size_t end_;
};

}  // namespace testmta::text
