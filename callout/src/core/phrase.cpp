#include "core/phrase.hpp"

#include <algorithm>
#include <optional>

#include "core/reply_words.hpp"

namespace callout::core {
namespace {

constexpr std::size_t widest_gap = 6;

bool is_number(std::string_view word) {
    return word.find_first_not_of("0123456789") == word.npos;
}

bool same(phrase_word const& wanted, std::string_view word) {
    if (wanted.text == number_word) return is_number(word);
    return wanted.prefix ? word.starts_with(wanted.text) : word == wanted.text;
}

bool begin_with(std::span<std::string const> words, word_sequence const& wanted) {
    return words.size() >= wanted.size() &&
           std::equal(wanted.begin(), wanted.end(), words.begin(),
                      [](phrase_word const& one, std::string const& word) { return same(one, word); });
}

/// Matches the parts from one on against the words from one on; returns the longest match, counted from the
/// first word of all.
class matcher {
public:
    matcher(std::span<std::string const> words, std::span<std::string const> barriers)
        : words_(words), barriers_(barriers) {}

    std::optional<phrase_match> match(std::span<phrase_part const> parts, std::size_t at) const {
        if (parts.empty()) return phrase_match{at, at};
        auto const& part = parts.front();
        auto const rest = parts.subspan(1);
        if (part.any_of.empty()) return match_after_gap(rest, at);
        std::optional<phrase_match> best;
        if (part.optional) best = match(rest, at);
        for (auto const& wanted : part.any_of) {
            if (!begin_with(words_.subspan(at), wanted)) continue;
            auto const found = match(rest, at + wanted.size());
            if (found && (!best || found->length > best->length)) best = found;
        }
        return best;
    }

private:
    std::optional<phrase_match> match_after_gap(std::span<phrase_part const> parts, std::size_t at) const {
        for (std::size_t gap = 0; gap <= widest_gap && at + gap < words_.size(); ++gap) {
            if (auto const found = match(parts, at + gap))
                return gap == 0 ? *found : phrase_match{found->length, at};
            if (std::ranges::find(barriers_, words_[at + gap]) != barriers_.end()) break;
        }
        return std::nullopt;
    }

    std::span<std::string const> words_;
    std::span<std::string const> barriers_;
};

}  // namespace

phrase_match phrase::match(std::span<std::string const> words, std::span<std::string const> barriers) const {
    return matcher(words, barriers).match(parts, 0).value_or(phrase_match());
}

}  // namespace callout::core
