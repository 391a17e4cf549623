#include "system/stored_keys.hpp"

#include <gtest/gtest.h>

using namespace callout;
using namespace std::chrono_literals;

namespace {

std::string key(int number) {
    return "key" + std::to_string(number);
}

struct stored_keys_of_a_file : ::testing::Test {
    /// Reads the keys of an empty file.
    void read() {
        keys.begin();
        keys.take({}, true);
    }
    stored_keys keys;
    steady_time const now = steady_time() + 1h;
};

}  // namespace

TEST_F(stored_keys_of_a_file, may_be_any_until_the_last_piece) {  // CO-234
    EXPECT_TRUE(keys.wants_reading(now));
    keys.begin();
    EXPECT_FALSE(keys.wants_reading(now));
    EXPECT_EQ(keys.from(), "");
    keys.take({"a", "b"}, false);
    EXPECT_EQ(keys.from(), std::string("b\0", 2)) << "the least text after b";
    EXPECT_TRUE(keys.may_have("x"));
    keys.add("added meanwhile");
    keys.take({"c"}, true);
    EXPECT_FALSE(keys.is_reading());
    for (auto const* each : {"a", "b", "c", "added meanwhile"}) EXPECT_TRUE(keys.may_have(each));
    EXPECT_FALSE(keys.may_have("x"));
    keys.add("x");
    EXPECT_TRUE(keys.may_have("x"));
}

TEST_F(stored_keys_of_a_file, are_read_again_when_there_is_no_more_room) {  // CO-234
    read();
    EXPECT_FALSE(keys.wants_reading(now));
    for (int i = 0; i < 70000; ++i) keys.add(key(i));
    EXPECT_TRUE(keys.wants_reading(now));
    keys.begin();
    keys.add("new");
    EXPECT_TRUE(keys.may_have(key(0))) << "what is known is used meanwhile";
    keys.take({key(1)}, true);
    EXPECT_TRUE(keys.may_have("new"));
    EXPECT_TRUE(keys.may_have(key(1)));
    EXPECT_FALSE(keys.may_have(key(0))) << "the file has lost it";
    EXPECT_FALSE(keys.wants_reading(now));
}

TEST_F(stored_keys_of_a_file, may_be_any_for_a_while_after_another_program_has_written) {  // CO-234
    read();
    keys.note_shared(now);
    EXPECT_TRUE(keys.may_have("x"));
    EXPECT_FALSE(keys.wants_reading(now + 9min));
    EXPECT_TRUE(keys.wants_reading(now + 10min));
    read();
    EXPECT_FALSE(keys.may_have("x"));
}

TEST_F(stored_keys_of_a_file, of_a_new_file_are_read_at_once) {  // CO-234
    read();
    keys.add("queued");
    keys.note_shared(now);
    keys.note_new_file();
    EXPECT_TRUE(keys.wants_reading(now));
    EXPECT_TRUE(keys.may_have("queued"));
}

TEST_F(stored_keys_of_a_file, are_not_kept_of_a_file_that_is_too_large) {
    keys.note_entries(9'000'000);
    EXPECT_FALSE(keys.wants_reading(now));
    EXPECT_TRUE(keys.may_have("x"));
}

TEST_F(stored_keys_of_a_file, are_read_from_the_beginning_after_what_was_given_up) {
    keys.begin();
    keys.take({"a"}, false);
    keys.give_up();
    EXPECT_FALSE(keys.is_reading());
    EXPECT_TRUE(keys.wants_reading(now));
    keys.begin();
    EXPECT_EQ(keys.from(), "");
    keys.take({"b"}, true);
    EXPECT_FALSE(keys.may_have("a"));
    EXPECT_TRUE(keys.may_have("b"));
}
