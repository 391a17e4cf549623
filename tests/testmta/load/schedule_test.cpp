#include "load/schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace testmta::load {
namespace {

using namespace std::chrono_literals;

double seconds(schedule::duration time) {
    return std::chrono::duration<double>(time).count();
}

TEST(Schedule, TM_095_MessagesAreSpreadWithinOne) {
    plan what;
    what.connections = 7;
    what.messages = 100;
    schedule const when(what);
    std::vector<std::uint64_t> all;
    for (std::size_t connection = 0; connection != 7; ++connection) {
        std::uint64_t turn = 0;
        while (auto const message = when.message_of(connection, turn)) {
            all.push_back(*message);
            ++turn;
        }
        EXPECT_TRUE(turn == 14 || turn == 15) << connection << ": " << turn;
    }
    std::ranges::sort(all);
    ASSERT_EQ(all.size(), 100u);
    for (std::uint64_t i = 0; i != 100; ++i) EXPECT_EQ(all[i], i);
}

TEST(Schedule, TM_098_StartsAreApartByTheRate) {
    plan what;
    what.rate = 250;
    schedule const when(what);
    for (std::uint64_t i = 0; i != 2500; ++i)
        ASSERT_NEAR(seconds(*when.start_of(i)), static_cast<double>(i) / 250, 1e-6);
    EXPECT_NEAR(*when.due_by(10s), 2500, 1e-6);
}

TEST(Schedule, TM_098_ARampReachesTheRateLinearly) {
    plan what;
    what.rate = 100;
    what.ramp = 4s;
    schedule const when(what);
    // The area of the triangle: a quarter of the ramp's 200 messages in its first half.
    EXPECT_NEAR(seconds(*when.start_of(50)), 2, 1e-6);
    EXPECT_NEAR(seconds(*when.start_of(200)), 4, 1e-6);
    EXPECT_NEAR(seconds(*when.start_of(300)), 5, 1e-6);
    for (auto const message : {1u, 50u, 199u, 200u, 1000u})
        EXPECT_NEAR(*when.due_by(*when.start_of(message)), message, 1e-3);
}

TEST(Schedule, WithoutARateNothingIsDueAndTheRampOpensConnections) {
    plan what;
    what.connections = 4;
    what.ramp = 8s;
    schedule const when(what);
    EXPECT_FALSE(when.start_of(3));
    EXPECT_FALSE(when.due_by(1s));
    EXPECT_EQ(when.opening_of(0), 0s);
    EXPECT_EQ(when.opening_of(3), 6s);
}

TEST(Schedule, AConnectionIsOpenedBeforeItsFirstMessageIsDue) {
    plan what;
    what.connections = 100;
    what.ramp = 10s;
    what.rate = 1000;
    schedule const when(what);
    for (std::size_t i = 0; i != 100; ++i) EXPECT_LE(when.opening_of(i), *when.start_of(i)) << i;
}

}  // namespace
}  // namespace testmta::load
