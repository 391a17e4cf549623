#include "system/write_queue.hpp"

#include <gtest/gtest.h>

using namespace callout;
using namespace std::chrono_literals;

namespace {

system_time const noon(std::chrono::hours(500'000));

stored_record ending(std::chrono::seconds after_noon, std::string text = "x") {
    return stored_record(std::move(text), noon + after_noon);
}

std::vector<std::string> keys_of(write_queue::batch const& all) {
    std::vector<std::string> keys;
    for (auto const& [key, what] : all) keys.push_back(key);
    return keys;
}

}  // namespace

TEST(write_queue, holds_the_newest_of_each_key) {
    write_queue q;
    q.put("a", ending(1s, "one"));
    q.put("a", ending(2s, "two"));
    EXPECT_EQ(q.size(), 1u);
    EXPECT_EQ(q.find("a")->value().value, "two");
    EXPECT_EQ(q.find("b"), nullptr);
    q.put("a", std::nullopt);
    EXPECT_FALSE(q.find("a")->has_value());
}

TEST(write_queue, takes_each_key_in_its_turn) {
    write_queue q;
    for (auto const* key : {"a", "b", "c", "d"}) q.put(key, ending(1s));
    EXPECT_EQ(keys_of(q.take(3)), (std::vector<std::string>{"a", "b", "c"}));
    for (auto const* key : {"a", "b"}) q.put(key, ending(1s));
    EXPECT_EQ(keys_of(q.take(3)), (std::vector<std::string>{"d"})) << "or a flood of early keys starved it";
    EXPECT_EQ(keys_of(q.take(3)), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(q.size(), 0u);
    EXPECT_EQ(q.bytes(), 0u);
}

TEST(write_queue, what_is_given_back_replaces_nothing_newer) {
    write_queue q;
    q.put("a", ending(1s, "one"));
    q.put("b", ending(1s, "one"));
    auto const unwritten = q.take(10);
    q.put("a", ending(1s, "two"));
    q.give_back(unwritten);
    EXPECT_EQ(q.find("a")->value().value, "two");
    EXPECT_EQ(q.find("b")->value().value, "one");
}

TEST(write_queue, when_full_what_expires_first_makes_room_and_the_older_of_two) {  // RS-110
    write_queue q;
    q.put("pass", ending(24h));
    q.put("gone", std::nullopt);
    for (std::size_t i = 0; i < write_queue::most_entries; ++i) q.put(std::to_string(i), ending(1h));
    EXPECT_EQ(q.size(), write_queue::most_entries);
    EXPECT_NE(q.find("pass"), nullptr);
    EXPECT_NE(q.find("gone"), nullptr) << "an operator wants it";
    EXPECT_EQ(q.find("0"), nullptr);
    EXPECT_EQ(q.find("1"), nullptr);
    EXPECT_NE(q.find("2"), nullptr);
    q.put("brief", ending(1s));
    EXPECT_EQ(q.find("brief"), nullptr) << "it is of the least worth itself";
    EXPECT_EQ(q.take_dropped(), 3u);
    EXPECT_EQ(q.take_dropped(), 0u);
}

TEST(write_queue, is_bounded_by_bytes_too) {  // RS-110
    write_queue q;
    std::string const long_text(1000, 'x');
    for (int i = 0; i < 9000; ++i) q.put(std::to_string(i), ending(1h, long_text));
    EXPECT_LE(q.bytes(), write_queue::most_bytes);
    EXPECT_GT(q.bytes(), write_queue::most_bytes * 9 / 10);
    EXPECT_NE(q.find("8999"), nullptr);
    EXPECT_EQ(q.take_dropped() + q.size(), 9000u);
}
