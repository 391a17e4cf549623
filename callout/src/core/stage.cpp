#include "callout/stage.hpp"

#include <algorithm>
#include <array>

namespace callout::core {
namespace {

struct stage_row {
    stage where;
    std::string_view word;
};
/// The first row with a word is what the word is read as.
constexpr auto words = std::to_array<stage_row>({
    {stage::connect, "connect"},
    {stage::greeting, "greeting"},
    {stage::ehlo, "ehlo"},
    {stage::helo, "helo"},
    {stage::mail, "mail"},
    {stage::mail_null, "mail"},
    {stage::mail_sender, "mail"},
    {stage::rcpt, "rcpt"},
    {stage::rset, "rset"},
    {stage::starttls, "starttls"},
});

}  // namespace

std::string_view to_string(stage where) noexcept {
    auto const found = std::ranges::find(words, where, &stage_row::where);
    return found == words.end() ? std::string_view() : found->word;
}

std::optional<stage> stage_from(std::string_view word) noexcept {
    auto const found = std::ranges::find(words, word, &stage_row::word);
    if (found == words.end()) return std::nullopt;
    return found->where;
}

}  // namespace callout::core
