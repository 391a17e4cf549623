#include "core/back_off.hpp"

#include <gtest/gtest.h>

#include "support/callout_moments.hpp"

using namespace callout;
using namespace callout::core;
using namespace std::chrono_literals;

namespace {
using test::now;
}

TEST(back_off, doubles_up_to_an_hour) {  // CO-156
    back_off b(1min, 60min);
    auto when = now;
    for (auto const wait : {1min, 2min, 4min, 8min, 16min, 32min, 60min, 60min}) {
        b.strike("192.0.2.1", when);
        EXPECT_EQ(b.until("192.0.2.1", when), when + wait);
        EXPECT_EQ(b.until("192.0.2.1", when + wait), std::nullopt);
        when += wait;
    }
    EXPECT_FALSE(b.until("192.0.2.2", now));
}

TEST(back_off, what_was_under_way_counts_once) {
    back_off b(1min, 60min);
    for (int i = 0; i < 10; ++i) b.strike("a", now + 1s * i);
    EXPECT_EQ(b.strikes("a", now + 10s), 1u);
    EXPECT_EQ(b.until("a", now + 10s), now + 1min);
}

TEST(back_off, relents_step_by_step_and_forgets) {
    back_off b(1min, 60min);
    b.strike("a", now);
    b.strike("a", now + 1min);
    EXPECT_EQ(b.strikes("a", now + 3min), 2u);
    b.relent("a");
    EXPECT_EQ(b.strikes("a", now + 3min), 1u);
    EXPECT_EQ(b.strikes("a", now + 3min + 60min), 0u);
    b.relent("a");
    EXPECT_EQ(b.size(), 0u);
    b.relent("a");
}

TEST(back_off, can_be_lifted) {
    back_off b(0s, 60min);
    b.strike("a", now);
    EXPECT_FALSE(b.until("a", now));
}

TEST(back_off, is_bounded) {
    back_off b(1min, 60min);
    for (int i = 0; i < 60000; ++i) b.strike(std::to_string(i), now);
    EXPECT_EQ(b.size(), 50000u);
    EXPECT_FALSE(b.until("0", now));
    EXPECT_TRUE(b.until("59999", now));
}
