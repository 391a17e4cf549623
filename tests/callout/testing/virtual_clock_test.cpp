#include "callout/testing/virtual_clock.hpp"

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <vector>

using callout::testing::virtual_clock;
using namespace std::chrono_literals;

namespace {

/// Alarms by name on a loop of their own, and which of them have rung.
class alarms {
public:
    std::unique_ptr<callout::alarm> make() { return clock.make_alarm(); }
    void set(callout::alarm& which, std::chrono::seconds after, std::string name) {
        boost::asio::co_spawn(context, wait(which, clock.now() + after, std::move(name)),
                              boost::asio::detached);
        settle();
    }
    void settle() {
        context.restart();
        context.poll();
    }
    std::vector<std::string> const& rung() {
        settle();
        return rung_;
    }

    virtual_clock clock{context};

private:
    boost::asio::awaitable<void> wait(callout::alarm& which, callout::steady_time until, std::string name) {
        co_await which.wait(until);
        rung_.push_back(name);
    }

    std::vector<std::string> rung_;

public:
    boost::asio::io_context context{1};
};

using names = std::vector<std::string>;

}  // namespace

TEST(virtual_clock, equal_alarms_ring_in_the_order_in_which_they_were_set) {
    alarms some;
    std::array<std::unique_ptr<callout::alarm>, 6> made;
    for (auto& one : made) one = some.make();
    // Neither the order in which they were made nor any order of addresses.
    for (auto const i : {3, 0, 5, 1, 4, 2})
        some.set(*made[std::size_t(i)], 10s, std::string(1, char('a' + i)));
    EXPECT_TRUE(some.clock.advance_to_next_alarm());
    EXPECT_EQ(some.rung(), (names{"d", "a", "f", "b", "e", "c"}));
}

TEST(virtual_clock, alarm_that_is_set_again_is_the_last_of_its_time) {
    alarms some;
    auto const one = some.make(), two = some.make();
    some.set(*one, 5s, "early");
    EXPECT_TRUE(some.clock.advance_to_next_alarm());
    EXPECT_EQ(some.rung(), names{"early"});
    some.set(*two, 5s, "two");
    some.set(*one, 5s, "one");
    EXPECT_TRUE(some.clock.advance_to_next_alarm());
    EXPECT_EQ(some.rung(), (names{"early", "two", "one"}));
}

TEST(virtual_clock, time_moves_to_the_next_alarm_and_no_further) {
    alarms some;
    auto const late = some.make(), soon = some.make();
    auto const begun = some.clock.now();
    auto const wall = some.clock.wall();
    EXPECT_FALSE(some.clock.next_alarm());
    some.set(*late, 20s, "late");
    some.set(*soon, 10s, "soon");
    EXPECT_EQ(some.clock.next_alarm(), begun + 10s);
    EXPECT_TRUE(some.clock.advance_to_next_alarm());
    EXPECT_EQ(some.clock.now(), begun + 10s);
    EXPECT_EQ(some.clock.wall(), wall + 10s);
    EXPECT_EQ(some.rung(), names{"soon"});
    EXPECT_TRUE(some.clock.advance_to_next_alarm());
    EXPECT_EQ(some.rung(), (names{"soon", "late"}));
    EXPECT_FALSE(some.clock.advance_to_next_alarm());
    EXPECT_EQ(some.clock.now(), begun + 20s);
}

TEST(virtual_clock, what_becomes_due_on_a_long_way_rings_in_order) {
    alarms some;
    auto const late = some.make(), never = some.make(), soon = some.make();
    some.set(*late, 20s, "late");
    some.set(*never, 60s, "never");
    some.set(*soon, 10s, "soon");
    some.clock.advance(30s);
    EXPECT_EQ(some.rung(), (names{"soon", "late"}));
}

TEST(virtual_clock, ring_before_the_wait_is_not_lost) {
    alarms some;
    auto const one = some.make();
    one->ring();
    some.set(*one, 10s, "rung");
    EXPECT_EQ(some.rung(), names{"rung"});
    some.set(*one, 10s, "waits");
    EXPECT_EQ(some.rung(), names{"rung"}) << "one ring ends one wait";
    one->ring();
    EXPECT_EQ(some.rung(), (names{"rung", "waits"}));
}
