#include "core/aggregate.hpp"

#include <gtest/gtest.h>

using namespace callout;
using namespace callout::core;

namespace {

finding found(status s, reason r, next_step then = next_step::next_host) {
    return finding(verification(s, r), then);
}

finding transient(reason r) {
    return found(status::transient, r);
}

/// Leaves the aggregate as it is.
verification verdict_of(aggregate a) {
    return a.take_verdict();
}

verification of(std::vector<finding> all) {
    aggregate a;
    for (auto& f : all) a.add(std::move(f), rank::best);
    return a.take_verdict();
}

}  // namespace

TEST(aggregate, one_finding_is_the_verdict) {
    EXPECT_EQ(of({transient(reason::refused)}).reason, reason::refused);
    EXPECT_EQ(of({found(status::error, reason::blocked)}).reason, reason::blocked);
}

TEST(aggregate, pass_of_a_backup_is_weak) {  // CO-114
    aggregate a;
    a.add(transient(reason::temporary), rank::best);
    EXPECT_FALSE(a.settled());
    a.add(found(status::pass, reason::accepted, next_step::stop), rank::backup);
    EXPECT_TRUE(a.settled());
    auto const v = a.take_verdict();
    EXPECT_EQ(v.reason, reason::via_backup);
    EXPECT_EQ(v.strength, strength::weak);
}

TEST(aggregate, pass_of_an_equal_host_is_strong) {  // Z103
    auto const v =
        of({found(status::error, reason::policy), found(status::pass, reason::accepted, next_step::stop)});
    EXPECT_EQ(v.reason, reason::accepted);
    EXPECT_EQ(v.strength, strength::strong);
}

TEST(aggregate, fail_of_a_later_host_counts) {  // CO-116
    aggregate a;
    a.add(found(status::error, reason::blocked), rank::best);
    a.add(found(status::fail, reason::no_mailbox, next_step::stop), rank::backup);
    EXPECT_EQ(verdict_of(a).reason, reason::no_mailbox);
}

TEST(aggregate, transient_wins_over_error) {  // CO-117
    EXPECT_EQ(of({found(status::error, reason::blocked), transient(reason::timeout)}).reason,
              reason::timeout);
}

TEST(aggregate, softest_transient_wins) {
    EXPECT_EQ(of({transient(reason::unreachable), transient(reason::greylisted)}).reason, reason::greylisted);
    EXPECT_EQ(of({transient(reason::timeout), transient(reason::dns)}).reason, reason::dns);
    EXPECT_EQ(of({transient(reason::busy), transient(reason::mailbox_full)}).reason, reason::mailbox_full);
    EXPECT_EQ(of({transient(reason::unreachable), transient(reason::timeout)}).reason, reason::timeout);
}

/// smtp-callout.md 3.9, MAIL 4xx: "next (once)".
TEST(aggregate, second_host_that_defers_mail_is_the_last) {
    aggregate a;
    a.add(found(status::transient, reason::temporary, next_step::one_more_host), rank::best);
    EXPECT_FALSE(a.settled());
    a.add(transient(reason::timeout), rank::best);
    EXPECT_FALSE(a.settled());
    a.add(found(status::transient, reason::greylisted, next_step::one_more_host), rank::best);
    EXPECT_TRUE(a.settled());
    EXPECT_EQ(verdict_of(a).reason, reason::greylisted);
}

TEST(aggregate, nobody_to_be_reached) {  // CO-118
    EXPECT_EQ(of({transient(reason::refused), transient(reason::refused)}).reason, reason::unreachable);
}

TEST(aggregate, own_fault_explains_why_nobody_was_reached) {  // CO-191
    auto const ours = found(status::error, reason::local, next_step::next_address);
    EXPECT_EQ(of({ours, transient(reason::unreachable)}).reason, reason::local);
    EXPECT_EQ(of({transient(reason::refused), ours}).reason, reason::local);
    EXPECT_EQ(of({ours, transient(reason::timeout)}).reason, reason::timeout);
    EXPECT_EQ(of({ours, found(status::pass, reason::accepted, next_step::stop)}).status, status::pass);
}

TEST(aggregate, all_hosts_must_agree_on_a_soft_fail) {  // CO-090, CO-093
    auto const denied = found(status::fail, reason::relay_denied);
    EXPECT_EQ(of({denied, denied}).reason, reason::relay_denied);
    EXPECT_EQ(of({denied, found(status::error, reason::blocked)}).status, status::error);
    EXPECT_EQ(of({denied, transient(reason::closed)}).status, status::transient);
}

TEST(aggregate, poll_is_of_the_host_asked_last) {  // CO-110
    auto first = transient(reason::greylisted);
    first.answer.poll.host = "mx1";
    auto second = transient(reason::timeout);
    second.answer.poll.host = "mx2";
    auto const v = of({first, second});
    EXPECT_EQ(v.reason, reason::greylisted);
    EXPECT_EQ(v.poll.host, "mx2");
}

TEST(aggregate, unlike_fails_are_not_added_up) {  // CO-021, CO-090, CO-093
    auto const denied = found(status::fail, reason::relay_denied);
    auto const closed = found(status::fail, reason::no_service);
    auto const nowhere = found(status::fail, reason::mx_unresolvable);
    EXPECT_EQ(of({nowhere, denied}).reason, reason::relay_denied);
    EXPECT_EQ(of({closed, denied}).reason, reason::relay_denied);
    EXPECT_EQ(of({nowhere, closed}).reason, reason::no_service);
    EXPECT_EQ(of({nowhere, nowhere}).reason, reason::mx_unresolvable);
}

TEST(aggregate, no_fail_of_all_hosts_when_one_was_not_asked) {  // CO-021, CO-090, CO-093
    for (auto const why : {reason::relay_denied, reason::no_service, reason::mx_unresolvable}) {
        aggregate a;
        a.add(found(status::fail, why), rank::best);
        a.leave_out(reason::timeout);
        EXPECT_EQ(verdict_of(a).status, status::transient);
        EXPECT_EQ(verdict_of(a).reason, reason::timeout);
        EXPECT_NE(verdict_of(a).scope, scope::domain);
    }
}

TEST(aggregate, host_not_asked_changes_nothing_else) {
    aggregate a;
    a.leave_out(reason::unreachable);
    a.add(found(status::error, reason::blocked), rank::best);
    EXPECT_EQ(verdict_of(a).reason, reason::blocked);
    a.add(transient(reason::greylisted), rank::best);
    EXPECT_EQ(verdict_of(a).reason, reason::greylisted);
    a.add(found(status::fail, reason::no_mailbox, next_step::stop), rank::best);
    EXPECT_EQ(verdict_of(a).reason, reason::no_mailbox);
}

TEST(aggregate, nobody_was_asked) {
    aggregate a;
    a.leave_out(reason::in_progress);
    EXPECT_EQ(verdict_of(a).reason, reason::in_progress);
    EXPECT_EQ(verdict_of(a).scope, scope::self);
}
