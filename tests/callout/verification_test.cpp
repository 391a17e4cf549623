#include "callout/verification.hpp"

#include <gtest/gtest.h>

#include "callout/error.hpp"

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

TEST(verification, words_can_be_read_back) {
    for (int i = 0; i <= static_cast<int>(reason::local); ++i) {
        EXPECT_EQ(reason_from(to_string(reason(i))), reason(i));
    }
    EXPECT_EQ(status_from("transient"), status::transient);
    EXPECT_EQ(scope_from("self"), scope::self);
    EXPECT_EQ(strength_from("weak"), strength::weak);
    EXPECT_EQ(known_from("unknown"), known::unknown);
    EXPECT_FALSE(reason_from("nonsense"));
    EXPECT_FALSE(status_from(""));
}

TEST(verification, of_an_address_that_was_refused) {  // CO-001, CO-005, CO-009
    auto const empty = verification_of(make_error_code(errc::address_empty));
    EXPECT_EQ(empty.status, status::error);
    EXPECT_EQ(empty.reason, reason::bad_request);
    auto const label = verification_of(make_error_code(errc::label_too_long));
    EXPECT_EQ(label.status, status::fail);
    EXPECT_EQ(label.reason, reason::bad_domain);
    EXPECT_EQ(label.message.substr(0, 10), "550 5.1.2 ");
}
