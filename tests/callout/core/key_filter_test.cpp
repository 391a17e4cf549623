#include "core/key_filter.hpp"

#include <gtest/gtest.h>

#include <string>

using namespace callout;
using core::key_filter;

namespace {

std::string key(int number) {
    return "v1:a:user" + std::to_string(number) + "@example.org|<>|25";
}

}  // namespace

TEST(key_filter, denies_no_key_that_was_added_and_most_others) {  // CO-234
    constexpr int count = 20000;
    key_filter filter(count);
    EXPECT_FALSE(filter.may_have(key(0)));
    for (int i = 0; i < count; ++i) filter.add(key(i));
    int wrong = 0;
    for (int i = 0; i < count; ++i) {
        ASSERT_TRUE(filter.may_have(key(i))) << i;
        wrong += filter.may_have(key(count + i));
    }
    EXPECT_LT(wrong, count / 50) << "one in a hundred is expected; the hash differs in each run";
}

TEST(key_filter, counts_each_key_once) {
    key_filter filter(1000);
    for (int round = 0; round < 100; ++round)
        for (int i = 0; i < 500; ++i) filter.add(key(i));
    EXPECT_LE(filter.size(), 500u);
    EXPECT_GT(filter.size(), 480u);
    EXPECT_FALSE(filter.is_full());
    for (int i = 0; i < 2000; ++i) filter.add(key(i));
    EXPECT_TRUE(filter.is_full());
}
