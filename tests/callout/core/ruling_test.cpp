#include "core/ruling.hpp"

#include <gtest/gtest.h>

using namespace callout;
using namespace callout::core;

namespace {

verification ruled(verification v, circumstances const& known = {}) {
    rule(v, known);
    auto again = v;
    rule(again, known);
    EXPECT_EQ(again.status, v.status);
    EXPECT_EQ(again.reason, v.reason);
    EXPECT_EQ(again.scope, v.scope);
    EXPECT_EQ(again.strength, v.strength);
    return v;
}

verification accepted() {
    return {status::pass, reason::accepted};
}

core::reply refusal() {
    core::reply r;
    r.code = 550;
    return r;
}

/// All circumstances at once.
constexpr circumstances every{.backup_answered = true,
                              .nobody_was_reached = false,
                              .postmaster_is_wanted = true,
                              .asker_chose_hosts = true,
                              .timeout_is_not_found = true,
                              .said_to_several = true,
                              .recipient_is_wanted = true};

}  // namespace

TEST(ruling, leaves_alone_what_nothing_speaks_against) {
    auto const v = ruled(accepted());
    EXPECT_EQ(v.reason, reason::accepted);
    EXPECT_EQ(v.strength, strength::strong);
    auto refused = verification(status::fail, reason::no_mailbox);
    refused.reply = refusal();
    EXPECT_EQ(ruled(refused, every).reason, reason::no_mailbox);
    EXPECT_EQ(ruled(verification(status::transient, reason::greylisted), every).status, status::transient);
}

TEST(ruling, pass_of_a_host_that_takes_everything_is_weak) {  // CO-119
    auto v = accepted();
    v.catch_all = known::yes;
    EXPECT_EQ(ruled(v).strength, strength::weak);
    v.catch_all = known::no;
    EXPECT_EQ(ruled(v).strength, strength::strong);
}

TEST(ruling, pass_of_a_backup_is_weak) {  // CO-114
    auto const v = ruled(accepted(), {.backup_answered = true});
    EXPECT_EQ(v.status, status::pass);
    EXPECT_EQ(v.reason, reason::via_backup);
    EXPECT_EQ(v.strength, strength::weak);
}

TEST(ruling, domain_without_postmaster_fails_a_question_that_wants_one) {  // CO-123
    auto v = accepted();
    v.postmaster = known::no;
    EXPECT_EQ(ruled(v).status, status::pass);
    auto const failed = ruled(v, {.postmaster_is_wanted = true});
    EXPECT_EQ(failed.status, status::fail);
    EXPECT_EQ(failed.reason, reason::no_postmaster);
    EXPECT_EQ(failed.scope, scope::domain);
    v.postmaster = known::unknown;
    EXPECT_EQ(ruled(v, {.postmaster_is_wanted = true}).status, status::pass);
}

TEST(ruling, hosts_of_the_asker_that_cannot_be_found_are_the_askers_mistake) {
    auto v = verification(status::fail, reason::mx_unresolvable);
    v.scope = scope::domain;
    auto const mistaken = ruled(v, {.asker_chose_hosts = true});
    EXPECT_EQ(mistaken.status, status::error);
    EXPECT_EQ(mistaken.reason, reason::bad_request);
    EXPECT_EQ(mistaken.scope, scope::self);
    v.reply = refusal();
    EXPECT_EQ(ruled(v, {.asker_chose_hosts = true}).status, status::fail);
}

TEST(ruling, refusal_that_several_have_heard_is_about_us) {  // CO-202
    auto v = verification(status::error, reason::policy);
    v.reply = refusal();
    EXPECT_EQ(ruled(v).scope, scope::address);
    auto const about_us = ruled(v, {.said_to_several = true});
    EXPECT_EQ(about_us.scope, scope::self);
    EXPECT_EQ(about_us.reason, reason::policy);
    v = verification(status::fail, reason::no_mailbox);
    v.reply = refusal();
    EXPECT_EQ(ruled(v, {.said_to_several = true}).scope, scope::address) << "however many do not exist";
}

TEST(ruling, timeout_is_not_found_where_the_operator_says_so) {
    auto v = verification(status::transient, reason::timeout);
    v.scope = scope::host;
    auto const missing = ruled(v, {.timeout_is_not_found = true});
    EXPECT_EQ(missing.status, status::fail);
    EXPECT_EQ(missing.reason, reason::no_mailbox);
    EXPECT_EQ(missing.scope, scope::address);
}

TEST(ruling, refused_null_sender_fails_a_sender_and_no_recipient) {
    auto const v = verification(status::fail, reason::null_refused);
    EXPECT_EQ(ruled(v).status, status::fail);
    EXPECT_EQ(ruled(v, {.recipient_is_wanted = true}).status, status::error);
}
