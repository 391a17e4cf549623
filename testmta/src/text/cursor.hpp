#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/keywords.hpp"
#include "text/lexer.hpp"

namespace testmta::text {

using variables = std::map<std::string, std::string, std::less<>>;

/// A here-document, with the places of its lines for mistakes in it.
class here_document {
public:
    std::string text;
    std::vector<std::size_t> lines;  ///< where each stands in the file
};

/// Reads one statement from left to right. Every function either takes what the grammar wants next or throws
/// the mistake, placed at the word that is wrong or missing.
class cursor {
public:
    /// An unset variable is a mistake at once (TM-017).
    cursor(statement const& line, variables const& values);

    bool at_end() const noexcept { return next_ == words_.size(); }
    /// Neither the end, nor a comma, nor an arrow.
    bool at_word() const noexcept;
    bool at(token_kind kind) const noexcept { return !at_end() && words_[next_].kind == kind; }
    /// Where the next word is, or would be.
    std::size_t offset() const noexcept { return at_end() ? end_ : words_[next_].offset; }
    /// The next word if it is written without quotes, for keywords; else nothing.
    std::string_view peek() const noexcept;

    bool take(std::string_view word);    ///< takes the bare word if it is next
    bool take(token_kind kind);          ///< takes the comma or arrow if it is next
    void expect(std::string_view word);  ///< takes the bare word
    void expect(token_kind kind);
    void expect_end() const;

    std::string word(std::string_view expected);
    /// A word in which a backslash may stand before any letter.
    std::string pattern(std::string_view expected);
    here_document heredoc(std::string_view expected);
    std::uint32_t number(std::string_view expected, std::uint32_t least = 0, std::uint32_t most = UINT32_MAX);
    std::chrono::microseconds duration();
    std::size_t size();
    /// One word or several.
    std::string hex();
    int reply_code();
    /// An enhanced code if one is next.
    std::string enhanced_code();

    template <class Meaning, std::size_t Count>
    Meaning one_of(keyword<Meaning> const (&table)[Count], std::string_view what) {
        std::span<keyword<Meaning> const> const words(table);
        auto const spelt = peek();
        for (auto const& one : words) {
            if (one.name == spelt && one.meaning) return ++next_, *one.meaning;
        }
        keyword_names<Meaning> const names(words);
        refuse_keyword(what, names.later, names.supported);
    }

    /// "expected X, got Y" at the next word.
    [[noreturn]] void fail(std::string_view expected) const;

private:
    struct item {
        token_kind kind;
        std::size_t offset;
        std::string text;
        std::optional<std::size_t> odd_escape;
        std::vector<std::size_t> lines;
    };

    [[noreturn]] void refuse_keyword(std::string_view what, std::span<std::string_view const> later,
                                     std::span<std::string_view const> supported) const;
    template <class Parse>
    auto parsed(std::string_view expected, Parse parse);

    std::vector<item> words_;
    std::size_t next_ = 0;
    std::size_t end_;
};

}  // namespace testmta::text
