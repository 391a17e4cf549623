#include "text/keywords.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace testmta::text {

namespace {

/// Returns how many bytes must be inserted, deleted or replaced to turn `a` into `b` (Levenshtein distance).
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i != a.size(); ++i) {
        auto diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j != b.size(); ++j) {
            auto const replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

/// Returns the nearest word, if one is near enough to be meant.
std::string_view nearest(std::string_view word, std::span<std::string_view const> words) {
    constexpr std::size_t longest_word = 32;  // nothing longer is a typing mistake
    if (word.size() > longest_word) return {};
    auto const to_word = [&](std::string_view other) { return distance(word, other); };
    auto const best = std::ranges::min_element(words, {}, to_word);
    return best != words.end() && to_word(*best) <= std::max<std::size_t>(1, word.size() / 2) ? *best : "";
}

}  // namespace

std::string list_possible(std::span<std::string_view const> words) {
    std::string text = "possible: ";
    for (auto const& word : words) text.append(&word == &words.front() ? "" : ", ").append(word);
    return text;
}

std::string explain_unknown(std::string_view word, std::string_view what,
                            std::span<std::string_view const> possible) {
    auto text = "\"" + std::string(word) + "\" is not " + std::string(what);
    if (auto const meant = nearest(word, possible); !meant.empty()) {
        text.append(", did you mean \"").append(meant).append("\"?");
    }
    return text + "; " + list_possible(possible);
}

}  // namespace testmta::text
