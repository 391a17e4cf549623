#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace testmta::text {

/// A word of the language. Without a meaning it is one that this version does not know to do yet: it is
/// refused, never accepted in silence.
template <class Meaning>
struct keyword {
    std::string_view name;
    std::optional<Meaning> meaning;
};

inline constexpr std::nullopt_t not_yet = std::nullopt;

/// What to say of a word that is none of `supported`: that it comes later, or the nearest one, and all of
/// them.
std::string explain_unknown(std::string_view word, std::string_view what,
                            std::span<std::string_view const> later,
                            std::span<std::string_view const> supported);

/// `possible: a, b, c`
std::string list_possible(std::span<std::string_view const> words);

template <class Meaning>
class keyword_names {
public:
    explicit keyword_names(std::span<keyword<Meaning> const> table) {
        for (auto const& one : table) (one.meaning ? supported : later).push_back(one.name);
    }
    std::vector<std::string_view> supported;
    std::vector<std::string_view> later;
};

}  // namespace testmta::text
