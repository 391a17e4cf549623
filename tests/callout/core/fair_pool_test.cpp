#include "core/fair_pool.hpp"

#include <gtest/gtest.h>

#include "support/callout_address.hpp"

using callout::core::fair_pool;
using callout::core::party;
using namespace std::chrono_literals;

namespace {

/// A network of those that share, 203.0.N.0/24.
party sharer(unsigned n) {
    return party::of_network(test::ip("203.0." + std::to_string(n) + ".1"));
}

}  // namespace

TEST(fair_pool, free_place_goes_to_the_party_that_holds_the_fewest_and_to_the_background_last) {  // CO-205
    fair_pool pool(4);
    pool.enter(sharer(1));
    pool.enter(sharer(1));
    pool.enter(sharer(2));
    pool.enter(sharer(3));
    pool.wait(party::background(), 1);
    pool.wait(sharer(1), 2);
    pool.wait(sharer(2), 3);
    pool.wait(sharer(4), 4);
    EXPECT_FALSE(pool.first_in_line());
    pool.leave(sharer(3), 1s);
    EXPECT_EQ(pool.first_in_line(), 4u);
    pool.stop_waiting(sharer(4), 4);
    EXPECT_EQ(pool.first_in_line(), 1u)
        << "each network has what is left free, but the background has a quarter";
    pool.leave(sharer(2), 1s);
    EXPECT_EQ(pool.first_in_line(), 3u) << "it holds none now";
    EXPECT_EQ(pool.taken(), 2u);
    EXPECT_EQ(pool.waiting(), 3u);
}

TEST(fair_pool, wait_is_reckoned_by_turns_and_by_the_stays_of_the_past) {  // CO-155
    fair_pool pool(2);
    pool.enter(sharer(1));
    EXPECT_EQ(pool.expected_wait(sharer(2)), 0s) << "nothing is known yet";
    pool.leave(sharer(1), 8s);
    EXPECT_EQ(pool.expected_wait(sharer(2)), 4s) << "one of two places becomes free each four seconds";
    pool.wait(sharer(1), 1);
    pool.wait(sharer(1), 2);
    pool.wait(sharer(1), 3);
    EXPECT_EQ(pool.expected_wait(sharer(1)), 16s) << "after all of its own";
    EXPECT_EQ(pool.expected_wait(sharer(2)), 8s) << "after one of the other party";
    pool.enter(sharer(2));
    pool.leave(sharer(2), 4s);
    EXPECT_EQ(pool.expected_wait(sharer(2)), 7s) << "the last stay counts a quarter";
}

TEST(fair_pool, pool_without_places_has_no_bound) {
    fair_pool pool(0);
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(pool.has_room(sharer(1)));
        pool.enter(sharer(1));
    }
    pool.resize(100);
    EXPECT_FALSE(pool.has_room(sharer(1)));
}
