#include "core/facts.hpp"

#include <gtest/gtest.h>

#include "support/callout_moments.hpp"

using namespace callout;
using namespace callout::core;
using namespace std::chrono_literals;

namespace {
using test::today;
}

TEST(facts, each_has_a_life_of_its_own) {
    facts all;
    all.set(fact::catch_all, known::no, today + 24h);
    all.set(fact::postmaster, known::yes, today + 168h);
    EXPECT_EQ(all.get(fact::catch_all, today), known::no);
    EXPECT_EQ(all.get(fact::catch_all, today + 24h), known::unknown);
    EXPECT_EQ(all.get(fact::postmaster, today + 24h), known::yes);
    EXPECT_EQ(all.get(fact::rejects_null, today), known::unknown);
    EXPECT_EQ(all.expires(), today + 168h);
}

TEST(facts, lives_as_specified) {  // CO-125: postmaster 7 d and 3 h
    cache_lifetimes lives;
    lives.catch_all = 36h;  // the operator's
    EXPECT_EQ(lifetime_of(fact::postmaster, known::yes, lives), 168h);
    EXPECT_EQ(lifetime_of(fact::postmaster, known::no, lives), 3h);
    EXPECT_EQ(lifetime_of(fact::catch_all, known::yes, lives), 36h);
    EXPECT_EQ(lifetime_of(fact::catch_all, known::no, lives), 36h);
    EXPECT_EQ(lifetime_of(fact::tls_broken, known::yes, lives), 24h);
    EXPECT_EQ(lifetime_of(fact::tls_broken, known::unknown, lives), 0s);
}

TEST(facts, come_back_as_they_went) {
    facts all;
    all.set(fact::catch_all, known::yes, today + 1h);
    all.set(fact::tls_broken, known::yes, today + 2h);
    auto const line = all.to_record();
    EXPECT_EQ(line,
              "v=1 catch_all=yes catch_all_until=1728003600 tls_broken=yes tls_broken_until=1728007200");
    auto const again = facts::from_record(line);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->to_record(), line);
    EXPECT_FALSE(facts::from_record("v=2 catch_all=yes catch_all_until=1728003600"));
    EXPECT_FALSE(facts::from_record("nonsense"));
    EXPECT_EQ(facts::from_record("v=1 catch_all=maybe catch_all_until=x")->expires(), system_time());
}

TEST(facts, newer_of_two_is_right_although_it_holds_for_less_long) {
    cache_lifetimes const lifetimes;
    auto const learnt = [&](known value, system_time when) {
        facts all;
        all.set(fact::postmaster, value, when + lifetime_of(fact::postmaster, value, lifetimes));
        return all;
    };
    auto mine = learnt(known::yes, today - 24h);  // for six days more
    mine.take_newer(learnt(known::no, today - 1h), lifetimes, today);
    EXPECT_EQ(mine.get(fact::postmaster, today), known::no);
    mine.take_newer(learnt(known::yes, today - 24h), lifetimes, today);
    EXPECT_EQ(mine.get(fact::postmaster, today), known::no);
    mine.take_newer(facts(), lifetimes, today);
    EXPECT_EQ(mine.get(fact::postmaster, today), known::no) << "who knows nothing changes nothing";
}

TEST(facts, of_a_clock_that_is_ahead_hold_no_longer_than_ours) {
    facts mine, theirs;
    theirs.set(fact::postmaster, known::yes, today + 24h * 365);
    mine.take_newer(theirs, cache_lifetimes(), today);
    EXPECT_EQ(mine.get(fact::postmaster, today + 24h * 6), known::yes);
    EXPECT_EQ(mine.get(fact::postmaster, today + 24h * 8), known::unknown);
}
