#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace testmta::text {

/// A word of a language.
template <class Meaning>
struct keyword {
    std::string_view name;
    Meaning meaning;
};

/// Returns the message for a word that is not among those possible: what it is not, the nearest of them, and
/// the list of all.
std::string explain_unknown(std::string_view word, std::string_view what,
                            std::span<std::string_view const> possible);

/// Returns `possible: a, b, c`.
std::string list_possible(std::span<std::string_view const> words);

template <class Meaning>
std::vector<std::string_view> names_of(std::span<keyword<Meaning> const> table) {
    std::vector<std::string_view> names;
    for (auto const& one : table) names.push_back(one.name);
    return names;
}

}  // namespace testmta::text
