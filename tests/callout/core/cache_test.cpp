#include "core/cache.hpp"

#include <gtest/gtest.h>

#include <malloc.h>
#include "callout/testing/seeded_random.hpp"
#include "support/callout_moments.hpp"

using namespace callout;
using namespace callout::core;
using namespace std::chrono_literals;

namespace {

using test::today;

kept_verification kept(std::chrono::seconds life = 1h) {
    return kept_verification(verification(status::pass, reason::accepted), today, today + life);
}

kept_verification kept_fail() {
    return kept_verification(verification(status::fail, reason::no_mailbox), today, today + 1h);
}

/// No bound of bytes but this one.
cache_bounds of_entries(std::size_t most) {
    return {most, std::size_t(1) << 40};
}

}  // namespace

TEST(cache, gives_back_until_the_end_of_life) {  // CO-139
    cache c(of_entries(10));
    c.put("a", kept(60s));
    EXPECT_TRUE(c.find("a", today + 59s));
    EXPECT_FALSE(c.find("a", today + 60s));
    EXPECT_EQ(c.size(), 0u);
    EXPECT_FALSE(c.find("b", today));
}

TEST(cache, says_what_it_holds_without_using_it) {
    cache c(of_entries(2));
    c.put("a", kept(60s));
    c.put("b", kept(60s));
    EXPECT_TRUE(c.holds("a", today + 59s));
    EXPECT_FALSE(c.holds("c", today));
    c.put("c", kept(60s));
    EXPECT_FALSE(c.holds("a", today)) << "it was the first to go";
    EXPECT_TRUE(c.holds("b", today));
    EXPECT_FALSE(c.holds("b", today + 60s));
}

TEST(cache, is_bounded_and_the_least_used_goes_first) {  // CO-148
    cache c(of_entries(3));
    for (auto const* key : {"a", "b", "c"}) c.put(key, kept());
    EXPECT_TRUE(c.find("a", today));
    c.put("d", kept());
    EXPECT_EQ(c.size(), 3u);
    EXPECT_TRUE(c.find("a", today));
    EXPECT_FALSE(c.find("b", today));
    for (int i = 0; i < 1000; ++i) c.put(std::to_string(i), kept());
    EXPECT_EQ(c.size(), 3u);
}

TEST(cache, newer_takes_the_place_of_older) {
    cache c(of_entries(10));
    c.put("a", kept(1s));
    c.put("a", kept(1h));
    EXPECT_EQ(c.size(), 1u);
    EXPECT_TRUE(c.find("a", today + 59min));
}

TEST(cache, none_at_all_is_possible) {
    cache c(of_entries(0));
    c.put("a", kept());
    EXPECT_EQ(c.size(), 0u);
}

TEST(cache, what_was_never_a_pass_goes_first) {  // CO-148
    cache c(of_entries(4));
    c.put("pass", kept());
    for (int i = 0; i < 100; ++i) c.put("stranger" + std::to_string(i), kept_fail());
    EXPECT_TRUE(c.find("pass", today));
    EXPECT_TRUE(c.find("stranger99", today));
    EXPECT_TRUE(c.find("stranger97", today));
    EXPECT_FALSE(c.find("stranger96", today));
}

TEST(cache, what_was_asked_for_again_outlives_what_was_not) {  // CO-148
    cache c(of_entries(10));
    c.put("useful", kept());
    EXPECT_TRUE(c.find("useful", today));
    for (int i = 0; i < 100; ++i) c.put(std::to_string(i), kept());
    EXPECT_TRUE(c.find("useful", today));
    EXPECT_FALSE(c.find("89", today));
    EXPECT_TRUE(c.find("99", today));
}

TEST(cache, what_is_safe_leaves_room_for_what_is_new) {  // CO-148
    cache c(of_entries(10));
    for (int i = 0; i < 10; ++i) c.put(std::to_string(i), kept());
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(c.find(std::to_string(i), today));
    for (int i = 10; i < 12; ++i) c.put(std::to_string(i), kept());
    EXPECT_TRUE(c.find("10", today));
    EXPECT_TRUE(c.find("11", today));
    EXPECT_FALSE(c.find("0", today));
}

// Made-up addresses, many times more than fit, cost what the bound says, and what the process really takes
// agrees.
TEST(cache, random_keys_stay_within_the_bound_of_bytes) {  // CO-148
    constexpr std::size_t most = std::size_t(16) << 20;
    constexpr int strangers = 300000;
    callout::testing::seeded_random chance;
    auto const before = ::mallinfo2().uordblks;
    cache c(cache_bounds{1000000, most});
    std::size_t peak = 0;
    for (int i = 0; i < strangers; ++i) {
        auto one = chance.next() % 4 == 0 ? kept() : kept_fail();
        one.answer.message.assign(chance.next() % 400, 'x');
        one.answer.poll.greeting.assign(200, 'x');
        c.put("v1:a:" + std::to_string(chance.next()) + "@example.org|<>|25", std::move(one));
        peak = std::max(peak, c.bytes());
        if (chance.next() % 8 == 0) (void)c.find("v1:a:" + std::to_string(i), today);
    }
    EXPECT_LE(peak, most);
    EXPECT_GT(c.size(), 5000u);
    auto const after = ::mallinfo2().uordblks;  // 0 under AddressSanitizer, which has its own heap
    EXPECT_LE(after - before, most + most / 10);
}

TEST(cache, counts_bytes_back_to_nothing) {
    cache c(of_entries(100));
    for (int i = 0; i < 50; ++i) c.put(std::to_string(i), kept(1s));
    EXPECT_GT(c.bytes(), 50 * sizeof(kept_verification));
    for (int i = 0; i < 50; ++i) EXPECT_FALSE(c.find(std::to_string(i), today + 1s));
    EXPECT_EQ(c.bytes(), 0u);
}

TEST(cache, counts_each_kind_of_key) {
    cache c(of_entries(4));
    auto const entries = [&](key_kind kind) { return c.numbers_of(kind).entries; };
    c.put("v1:a:ann@example.org", kept(1s));
    c.put("v1:a:ann@example.org", kept(1s));
    c.put("v1:a:bob@example.org", kept(2s));
    c.put("v1:d:example.org", kept_fail());
    c.put("v1:b:192.0.2.1", kept_fail());
    EXPECT_EQ(entries(key_kind::address), 2u);
    EXPECT_EQ(entries(key_kind::domain), 1u);
    EXPECT_EQ(entries(key_kind::remote), 1u);
    EXPECT_EQ(c.numbers_of(key_kind::address).bytes + c.numbers_of(key_kind::domain).bytes +
                  c.numbers_of(key_kind::remote).bytes,
              c.bytes());
    c.put("something else", kept());
    EXPECT_EQ(entries(key_kind::domain), 0u) << "it made room";
    EXPECT_EQ(entries(key_kind::other), 1u);
    EXPECT_FALSE(c.find("v1:a:ann@example.org", today + 1s));
    EXPECT_FALSE(c.find("v1:a:bob@example.org", today + 2s));
    EXPECT_EQ(c.numbers_of(key_kind::address), kept_numbers());
}

TEST(cache, entry_larger_than_the_bound_is_not_held) {
    cache c(cache_bounds{10, 100});
    c.put("a", kept());
    EXPECT_EQ(c.size(), 0u);
    EXPECT_EQ(c.bytes(), 0u);
}
