#include "callout/verdict_word.hpp"

#include <gtest/gtest.h>

using namespace callout;

namespace {

struct word_case {
    status s;
    std::vector<reason> why;
    verdict_word word;
};

verification strong(status s, reason r) {
    return verification(s, r);
}
verification weak(status s, reason r) {
    verification v(s, r);
    v.strength = strength::weak;
    return v;
}

}  // namespace

/// daemon.md 5.1, every reason of smtp-callout.md 3.9.
TEST(verdict_word, every_reason_has_its_word) {  // CO-112
    using enum reason;
    word_case const cases[] = {
        {status::pass, {accepted, forwarded, unverified, via_backup}, verdict_word::success},
        {status::fail, {no_mailbox, disabled, not_local}, verdict_word::not_found},
        {status::fail, {null_mx, no_domain, bad_domain, mx_unresolvable, no_service}, verdict_word::no_mx},
        {status::error,
         {blocked, policy, helo, sender_refused, auth_required, tls_required, tls_policy, mutual_callout},
         verdict_word::policy_block},
        {status::fail, {relay_denied, null_refused, no_postmaster}, verdict_word::failure},
        {status::error,
         {protocol, bad_request, literal_refused, smtputf8_unsupported, forbidden_target, self, local},
         verdict_word::failure},
        {status::transient, {in_progress, timeout}, verdict_word::timeout},
        {status::transient, {dns}, verdict_word::dns_failure},
        {status::transient,
         {greylisted, mailbox_full, user_rate, unverified_yet, busy, resources, temporary, closed, refused,
          unreachable, overloaded},
         verdict_word::temp_failure},
    };
    std::size_t seen = 0;
    for (auto const& [s, reasons, word] : cases) {
        for (auto const why : reasons) EXPECT_EQ(word_of(strong(s, why)), word) << to_string(why);
        seen += reasons.size();
    }
    EXPECT_EQ(seen, static_cast<std::size_t>(reason::local) + 1);
}

TEST(verdict_word, weak_fail_is_a_failure) {
    EXPECT_EQ(word_of(weak(status::fail, reason::no_mailbox)), verdict_word::failure);
    EXPECT_EQ(word_of(weak(status::pass, reason::unverified)), verdict_word::success);
}

TEST(verdict_word, pass_of_a_catch_all) {
    auto v = strong(status::pass, reason::accepted);
    v.catch_all = known::yes;
    EXPECT_EQ(word_of(v), verdict_word::catch_all);
}

/// daemon.md 5, the columns of Mailfromd and Momentum; smtp-callout.md 1.2 for the module's three words.
TEST(verdict_word, in_the_words_of_others) {  // CO-112
    struct row {
        verdict_word word;
        std::string_view protocol, mailfromd, momentum, module_;
    };
    using enum verdict_word;
    row const rows[] = {
        {success, "success", "success", "pass", "pass"},
        {catch_all, "success", "success", "pass", "pass"},
        {not_found, "not_found", "not_found", "fail", "error"},
        {no_mx, "not_found", "not_found", "fail", "error"},
        {failure, "failure", "failure", "error", "error"},
        {policy_block, "failure", "failure", "error", "error"},
        {temp_failure, "temp_failure", "temp_failure", "transient", "transient"},
        {timeout, "timeout", "temp_failure", "transient", "transient"},
        {dns_failure, "temp_failure", "temp_failure", "transient", "transient"},
    };
    for (auto const& expected : rows) {
        auto const& words = foreign_words_of(expected.word);
        EXPECT_EQ(words.protocol, expected.protocol) << to_string(expected.word);
        EXPECT_EQ(words.mailfromd, expected.mailfromd) << to_string(expected.word);
        EXPECT_EQ(words.momentum, expected.momentum) << to_string(expected.word);
        EXPECT_EQ(words.momentum_module, expected.module_) << to_string(expected.word);
    }
}
