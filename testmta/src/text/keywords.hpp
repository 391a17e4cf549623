#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace testmta::text {

/// A word of the language. A word without a meaning is reserved for a later version: it is refused, never
/// accepted in silence.
template <class Meaning>
struct keyword {
    std::string_view name;
    std::optional<Meaning> meaning;
};

inline constexpr std::nullopt_t not_yet = std::nullopt;

/// Returns the message for a word that is not among `supported`: that it is not supported yet, or the nearest
/// supported word; and the list of all that are.
std::string explain_unknown(std::string_view word, std::string_view what,
                            std::span<std::string_view const> later,
                            std::span<std::string_view const> supported);

/// Returns `possible: a, b, c`.
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
