#include "core/retention.hpp"

#include <gtest/gtest.h>

#include "callout/testing/seeded_random.hpp"
#include "support/callout_moments.hpp"

using namespace callout;
using namespace callout::core;
using namespace std::chrono_literals;

namespace {

using test::today;

verification verdict(status s, reason r, scope whose = scope::address, strength weight = strength::strong) {
    verification v(s, r);
    v.scope = whose;
    v.strength = weight;
    return v;
}

kept_verification kept(status s, reason r, system_time since, std::chrono::seconds life = 1h) {
    return kept_verification(verdict(s, r), since, since + life);
}

mailbox box(std::string_view local_part) {
    return mailbox::parse(std::string(local_part) + "@example.org").value();
}

}  // namespace

TEST(retention, what_a_verdict_is_known_of) {  // CO-142
    EXPECT_EQ(subject_of(verdict(status::pass, reason::accepted, scope::address)), subject::address);
    EXPECT_EQ(subject_of(verdict(status::fail, reason::null_mx, scope::domain)), subject::domain);
    EXPECT_EQ(subject_of(verdict(status::transient, reason::busy, scope::host)), subject::address);
    for (auto const why :
         {reason::blocked, reason::policy, reason::helo, reason::sender_refused, reason::mutual_callout}) {
        EXPECT_EQ(subject_of(verdict(status::error, why, scope::self)), subject::remote);
    }
    for (auto const why : {reason::local, reason::self, reason::forbidden_target, reason::protocol}) {
        EXPECT_EQ(subject_of(verdict(status::error, why, scope::self)), subject::nothing);
    }
    EXPECT_EQ(subject_of(verdict(status::transient, reason::temporary, scope::self)), subject::nothing);
}

TEST(retention, what_is_said_to_a_recipient_is_about_one_domain) {  // CO-200, CO-201
    auto said = [](stage where, scope whose, unsigned code) {
        auto v = verdict(status::error, reason::policy, whose);
        v.said_at = where;
        v.reply = reply(code, std::nullopt, {});
        return v;
    };
    for (auto const where :
         {stage::greeting, stage::ehlo, stage::helo, stage::starttls, stage::mail_null, stage::mail_sender}) {
        EXPECT_EQ(subject_of(said(where, scope::self, 550)), subject::remote);
    }
    EXPECT_EQ(subject_of(said(stage::rcpt, scope::self, 550)), subject::remote_domain);
    EXPECT_EQ(subject_of(said(stage::rcpt, scope::self, 421)), subject::remote);
    EXPECT_EQ(subject_of(said(stage::rcpt, scope::address, 550)), subject::address);
    EXPECT_EQ(lifetime_of(said(stage::rcpt, scope::address, 550), cache_lifetimes()), 30min);
}

TEST(retention, life_by_verdict) {  // CO-141
    cache_lifetimes const l;
    EXPECT_EQ(lifetime_of(verdict(status::pass, reason::accepted, scope::address), l), 24h * 7);
    EXPECT_EQ(lifetime_of(verdict(status::pass, reason::unverified, scope::address, strength::weak), l), 24h);
    EXPECT_EQ(lifetime_of(verdict(status::fail, reason::no_mailbox, scope::address), l), 1h);
    EXPECT_EQ(lifetime_of(verdict(status::fail, reason::no_domain, scope::domain), l), 3h);
    EXPECT_EQ(lifetime_of(verdict(status::fail, reason::relay_denied, scope::domain), l), 3h);
    EXPECT_EQ(lifetime_of(verdict(status::error, reason::blocked, scope::self), l), 30min);
    EXPECT_EQ(lifetime_of(verdict(status::transient, reason::temporary, scope::address), l), 5min);
    EXPECT_EQ(lifetime_of(verdict(status::transient, reason::timeout, scope::host), l), 5min);
    EXPECT_EQ(lifetime_of(verdict(status::transient, reason::in_progress, scope::self), l), 0s);
    EXPECT_EQ(lifetime_of(verdict(status::transient, reason::dns, scope::domain), l), 0s);
    auto grey = verdict(status::transient, reason::greylisted, scope::address);
    grey.retry_after = 60s;
    EXPECT_EQ(lifetime_of(grey, l), 60s);
    grey.retry_after = 3600s;
    EXPECT_EQ(lifetime_of(grey, l), 5min);
}

TEST(retention, jitter_spreads_lives_over_twice_its_percentage) {  // CO-153
    callout::testing::seeded_random chance;
    auto least = 10000s, most = 0s;
    for (int i = 0; i < 10000; ++i) {
        auto const life = jittered(1000s, 10, chance);
        least = std::min(least, life);
        most = std::max(most, life);
    }
    EXPECT_EQ(least, 900s);
    EXPECT_EQ(most, 1100s);
    EXPECT_EQ(jittered(1000s, 0, chance), 1000s);
    EXPECT_EQ(jittered(0s, 10, chance), 0s);
}

TEST(retention, one_fail_marks_a_pass_and_a_second_ten_minutes_later_replaces_it) {  // CO-147, Z105
    auto const pass = kept(status::pass, reason::accepted, today, 168h);
    auto const marked = successor(pass, kept(status::fail, reason::no_mailbox, today + 1h));
    ASSERT_TRUE(marked);
    EXPECT_EQ(marked->answer.status, status::pass);
    EXPECT_EQ(marked->expires, pass.expires);
    EXPECT_EQ(marked->doubted, today + 1h);
    EXPECT_FALSE(successor(marked, kept(status::fail, reason::no_mailbox, today + 1h + 599s)));
    auto const replaced = successor(marked, kept(status::fail, reason::no_mailbox, today + 1h + 600s));
    ASSERT_TRUE(replaced);
    EXPECT_EQ(replaced->answer.status, status::fail);
    auto const believed = successor(marked, kept(status::pass, reason::accepted, today + 2h));
    ASSERT_TRUE(believed);
    EXPECT_FALSE(believed->doubted);
}

TEST(retention, nothing_undetermined_replaces_what_is_known) {  // CO-146, invariant I15
    auto const pass = kept(status::pass, reason::accepted, today, 168h);
    EXPECT_FALSE(successor(pass, kept(status::transient, reason::busy, today + 1h)));
    EXPECT_FALSE(
        successor(kept(status::fail, reason::no_mailbox, today), kept(status::error, reason::policy, today)));
    EXPECT_TRUE(successor(pass, kept(status::transient, reason::busy, today + 168h)));  // it has ended
    EXPECT_TRUE(successor(std::nullopt, kept(status::transient, reason::busy, today)));
}

TEST(retention, weak_pass_gives_way_to_a_fail_at_once) {
    auto weak = kept(status::pass, reason::via_backup, today, 24h);
    weak.answer.strength = strength::weak;
    EXPECT_EQ(successor(weak, kept(status::fail, reason::no_mailbox, today + 1h))->answer.status,
              status::fail);
}

TEST(retention, asks_again_before_the_end_of_life) {  // CO-145
    cache_lifetimes const l;
    auto const pass = kept(status::pass, reason::accepted, today, 168h);
    EXPECT_FALSE(wants_refresh(pass, l, today + 24h));
    EXPECT_TRUE(wants_refresh(pass, l, today + 24h + 1s));
    auto const weak = kept(status::pass, reason::via_backup, today, 24h);
    EXPECT_FALSE(wants_refresh(weak, l, today + 6h));
    EXPECT_TRUE(wants_refresh(weak, l, today + 6h + 1s));
    auto const fail = kept(status::fail, reason::no_mailbox, today, 1h);
    EXPECT_FALSE(wants_refresh(fail, l, today + 30min));
    EXPECT_TRUE(wants_refresh(fail, l, today + 31min));
    EXPECT_FALSE(wants_refresh(kept(status::transient, reason::busy, today, 300s), l, today + 299s));
}

TEST(retention, addresses_made_for_one_message) {  // CO-149
    for (auto const* local_part :
         {"prvs=4021a3c5d7=ann", "SRS0=HHH=TT=example.net=ann",
          "srs1=xyz=example.net==HHH=TT=example.com=ann", "SRS0+HHH=TT=example.net=ann",
          "list-bounces+ann=example.net", "bounce-1234-ann=example.net"}) {
        EXPECT_TRUE(is_made_for_one_message(box(local_part))) << local_part;
    }
    for (auto const* local_part :
         {"ann", "ann+list", "ann.lee", "list-bounces", "a=b", "prvs", "srs0", "x=1.5"}) {
        EXPECT_FALSE(is_made_for_one_message(box(local_part))) << local_part;
    }
}
