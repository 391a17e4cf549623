#include "core/canaries.hpp"

#include <gtest/gtest.h>

#include "support/callout_moments.hpp"

using callout::core::canaries;
using namespace std::chrono_literals;
using test::now;

TEST(canaries, one_name_is_taken_in_a_minute) {  // CO-231
    canaries known;
    for (int i = 0; i < 100; ++i) known.answered_for("storm" + std::to_string(i) + ".example", now);
    EXPECT_EQ(known.names(), std::deque<std::string>{"storm0.example"});
    known.answered_for("example.org", now + 60s);
    EXPECT_EQ(known.names(), (std::deque<std::string>{"example.org", "storm0.example"}));
}

TEST(canaries, are_few_and_different) {  // CO-231
    canaries known;
    for (int i = 0; i < 20; ++i)
        known.answered_for("d" + std::to_string(i % 10) + ".example", now + 1min * i);
    EXPECT_EQ(known.names().size(), canaries::most);
    EXPECT_EQ(known.names().front(), "d9.example");
}
