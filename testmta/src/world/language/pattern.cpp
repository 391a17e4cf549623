#include "world/language/pattern.hpp"

#include "text/path.hpp"

namespace testmta::world {

namespace {

char lower(char letter) noexcept {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter | 0x20) : letter;
}

bool is_one(char wildcard, char letter) noexcept {
    return wildcard == '?' || lower(wildcard) == lower(letter);
}

/// Only the latest `*` is ever tried again: what an earlier one could take in its place, it can take, too. So
/// the time is at most the product of the two lengths.
bool matches_wildcards(std::string_view wildcards, std::string_view text) noexcept {
    std::size_t at = 0;
    std::size_t star = std::string_view::npos;
    std::size_t taken_to = 0;  ///< what the star takes ends before it
    for (std::size_t i = 0; i != text.size();) {
        if (at != wildcards.size() && wildcards[at] == '*') {
            star = at++;
            taken_to = i;
        } else if (at != wildcards.size() && is_one(wildcards[at], text[i])) {
            ++at;
            ++i;
        } else if (star != std::string_view::npos) {
            at = star + 1;
            i = ++taken_to;
        } else {
            return false;
        }
    }
    return wildcards.find_first_not_of('*', at) == std::string_view::npos;
}

}  // namespace

pattern::pattern(std::string text) : text_(text::without_brackets(text)) {
    auto const is_expression = text_.size() > 2 && text_.starts_with('/') && text_.ends_with('/');
    if (is_expression)
        expression_.emplace(std::string_view(text_).substr(1, text_.size() - 2),
                            text::expression::letters::of_any_case);
}

bool pattern::matches(std::string_view what) const {
    return expression_ ? expression_->is_found_in(what) : matches_wildcards(text_, what);
}

}  // namespace testmta::world
