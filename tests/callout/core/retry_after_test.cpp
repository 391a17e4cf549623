#include "core/retry_after.hpp"

#include <gtest/gtest.h>

using namespace callout::core;
using namespace std::chrono_literals;

TEST(retry_after, is_what_the_text_says) {  // CO-078
    auto const wait = [](std::string text) {
        return retry_after(reply(450, std::nullopt, {std::move(text)}));
    };
    EXPECT_EQ(wait("try again in 300 seconds"), 300s);
    EXPECT_EQ(wait("Greylisted, see you in 5 minutes"), 300s);
    EXPECT_EQ(wait("retry in 60s (60 sec)"), 60s);
    EXPECT_EQ(wait("1 hour"), 3600s);
    EXPECT_EQ(wait("come back in 999999999 minutes"), 3600s);
    EXPECT_EQ(wait("come back in 99999999999999999999 seconds"), std::nullopt);
    EXPECT_EQ(wait("0 seconds"), std::nullopt);
    EXPECT_EQ(wait("later"), std::nullopt);
    EXPECT_EQ(wait(""), std::nullopt);
    EXPECT_EQ(wait("host192 seconds"), std::nullopt);
}
