#include "core/holdings.hpp"

#include <gtest/gtest.h>

#include "support/callout_address.hpp"

using callout::core::holdings;
using callout::core::party;

namespace {

/// A network of holders, 203.0.N.0/24.
party holder(unsigned n) {
    return party::of_network(test::ip("203.0." + std::to_string(n) + ".1"));
}

/// Returns how many more a party is given.
std::size_t filled_by(holdings& all, party const& who) {
    auto const before = all.size();
    while (all.has_room(who)) all.add(who);
    return all.size() - before;
}

}  // namespace

TEST(holdings, network_leaves_as_many_free_as_it_holds) {  // CO-205
    holdings all(8);
    EXPECT_EQ(filled_by(all, holder(1)), 4u);
    EXPECT_EQ(filled_by(all, holder(2)), 2u);
    EXPECT_EQ(filled_by(all, holder(3)), 1u);
    EXPECT_EQ(filled_by(all, holder(4)), 1u);
    EXPECT_EQ(filled_by(all, holder(5)), 0u) << "all are taken";
    EXPECT_EQ(all.held_by(holder(2)), 2u);
    EXPECT_EQ(all.size(), 8u);
}

TEST(holdings, unknown_have_three_quarters_and_the_background_has_one) {  // CO-205
    holdings of_unknown(8), of_background(8);
    EXPECT_EQ(filled_by(of_unknown, party::unknown()), 6u);
    EXPECT_EQ(filled_by(of_background, party::background()), 2u);
}

TEST(holdings, what_is_given_back_is_free_for_others) {  // CO-205
    holdings all(4);
    EXPECT_EQ(filled_by(all, holder(1)), 2u);
    EXPECT_EQ(filled_by(all, holder(2)), 1u);
    EXPECT_EQ(filled_by(all, holder(3)), 1u);
    all.remove(holder(1));
    EXPECT_EQ(all.held_by(holder(1)), 1u);
    EXPECT_FALSE(all.has_room(holder(2))) << "as many as are left free";
    EXPECT_TRUE(all.has_room(holder(4)));
}

TEST(holdings, nothing_is_taken_back_from_one_that_holds_nothing) {
    holdings all(4);
    all.add(holder(1));
    all.remove(holder(2));
    all.remove(holder(1));
    all.remove(holder(1));
    EXPECT_EQ(all.size(), 0u);
    EXPECT_EQ(all.held_by(holder(1)), 0u);
}

TEST(holdings, what_is_held_outlives_a_lower_limit) {
    holdings all(8);
    EXPECT_EQ(filled_by(all, holder(1)), 4u);
    all.limit(4);
    EXPECT_FALSE(all.has_room(holder(2)));
    EXPECT_EQ(all.size(), 4u);
    all.clear();
    EXPECT_TRUE(all.has_room(holder(2)));
    EXPECT_EQ(all.held_by(holder(1)), 0u);
    all.limit(0);
    EXPECT_FALSE(all.has_room(holder(2))) << "no room at all";
}
