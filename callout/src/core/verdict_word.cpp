#include "callout/verdict_word.hpp"

#include <algorithm>
#include <array>

namespace callout {
namespace {

struct word_row {
    verdict_word word;
    std::string_view text;
    foreign_words elsewhere;
};
// clang-format off
constexpr auto words = std::to_array<word_row>({
    //                                           protocol        mailfromd       momentum     its module
    {verdict_word::success,      "success",      {"success",      "success",      "pass",      "pass"}},
    {verdict_word::catch_all,    "catch_all",    {"success",      "success",      "pass",      "pass"}},
    {verdict_word::not_found,    "not_found",    {"not_found",    "not_found",    "fail",      "error"}},
    {verdict_word::no_mx,        "no_mx",        {"not_found",    "not_found",    "fail",      "error"}},
    {verdict_word::failure,      "failure",      {"failure",      "failure",      "error",     "error"}},
    {verdict_word::policy_block, "policy_block", {"failure",      "failure",      "error",     "error"}},
    {verdict_word::temp_failure, "temp_failure", {"temp_failure", "temp_failure", "transient", "transient"}},
    {verdict_word::timeout,      "timeout",      {"timeout",      "temp_failure", "transient", "transient"}},
    {verdict_word::dns_failure,  "dns_failure",  {"temp_failure", "temp_failure", "transient", "transient"}},
});
// clang-format on

consteval bool in_order() {
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (static_cast<std::size_t>(words[i].word) != i) return false;
    }
    return true;
}
static_assert(in_order(), "a word is found by its number");

word_row const& row_of(verdict_word word) {
    return words[static_cast<std::size_t>(word)];
}

/// daemon.md 5.1, for the reasons that do not follow their status's general row.
struct exception_row {
    reason why;
    verdict_word word;
};
constexpr auto exceptions = std::to_array<exception_row>({
    {reason::no_mailbox, verdict_word::not_found},
    {reason::disabled, verdict_word::not_found},
    {reason::not_local, verdict_word::not_found},
    {reason::null_mx, verdict_word::no_mx},
    {reason::no_domain, verdict_word::no_mx},
    {reason::bad_domain, verdict_word::no_mx},
    {reason::mx_unresolvable, verdict_word::no_mx},
    {reason::no_service, verdict_word::no_mx},
    {reason::blocked, verdict_word::policy_block},
    {reason::policy, verdict_word::policy_block},
    {reason::helo, verdict_word::policy_block},
    {reason::sender_refused, verdict_word::policy_block},
    {reason::auth_required, verdict_word::policy_block},
    {reason::tls_required, verdict_word::policy_block},
    {reason::tls_policy, verdict_word::policy_block},
    {reason::mutual_callout, verdict_word::policy_block},
    {reason::in_progress, verdict_word::timeout},
    {reason::timeout, verdict_word::timeout},
    {reason::dns, verdict_word::dns_failure},
});

verdict_word general_word(verification const& v) {
    switch (v.status) {
        case status::pass: return v.catch_all == known::yes ? verdict_word::catch_all : verdict_word::success;
        case status::transient: return verdict_word::temp_failure;
        case status::fail:
        case status::error: break;
    }
    return verdict_word::failure;
}

}  // namespace

std::string_view to_string(verdict_word word) noexcept {
    return row_of(word).text;
}

foreign_words const& foreign_words_of(verdict_word word) noexcept {
    return row_of(word).elsewhere;
}

verdict_word word_of(verification const& v) noexcept {
    bool const weak_fail = v.status == status::fail && v.strength == strength::weak;
    auto const found = std::ranges::find(exceptions, v.reason, &exception_row::why);
    return found == exceptions.end() || weak_fail ? general_word(v) : found->word;
}

}  // namespace callout
