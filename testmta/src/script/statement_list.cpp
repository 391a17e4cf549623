#include "script/statement_list.hpp"

#include <algorithm>

namespace testmta::run {

namespace {

constexpr std::string_view block_heads[] = {"test", "repeat",   "session", "parallel",
                                            "for",  "together", "if",      "define"};

/// Returns the first word of the statement, if it is written without quotes and variables.
std::string_view first_word(text::statement const& line) {
    auto const& first = line.tokens.front();
    if (first.kind != text::token_kind::bare || first.pieces.size() != 1) return {};
    auto const* spelt = std::get_if<std::string>(&first.pieces.front());
    return spelt != nullptr ? std::string_view(*spelt) : std::string_view();
}

}  // namespace

bool statement_list::begins_with(std::size_t at, std::string_view word) const {
    return first_word(all_[at]) == word;
}

bool statement_list::is_head(std::size_t at) const {
    return std::ranges::find(block_heads, first_word(all_[at])) != std::end(block_heads);
}

std::size_t statement_list::end_of(std::size_t head) const {
    std::size_t open = 1;
    for (auto at = head + 1; at != all_.size(); ++at) {
        if (is_head(at)) ++open;
        if (begins_with(at, "end") && --open == 0) return at;
    }
    return all_.size();
}

std::size_t statement_list::else_of(std::size_t head) const {
    auto const end = end_of(head);
    for (auto at = head + 1; at < end; at = after(at)) {
        if (begins_with(at, "else")) return at;
    }
    return end;
}

std::size_t statement_list::after(std::size_t at) const {
    return is_head(at) ? std::min(end_of(at) + 1, all_.size()) : at + 1;
}

}  // namespace testmta::run
