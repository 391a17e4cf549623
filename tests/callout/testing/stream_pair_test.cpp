#include "callout/testing/stream_pair.hpp"

#include <gtest/gtest.h>

#include "callout/testing/memory_world.hpp"

using callout::errc;
using namespace std::chrono_literals;

namespace {

class a_stream_pair : public ::testing::Test {
public:
    std::string read(callout::stream& from, std::size_t most = 4096) {
        std::string into(most, '\0');
        std::span<char> const room(into);
        auto const size = world.run(from.read_some(room, world.clock.now() + 10s));
        if (!size) return '(' + size.error().message() + ')';
        into.resize(*size);
        return into;
    }
    callout::result<void> write(callout::stream& to, std::string_view bytes) {
        return world.run(to.write(bytes, world.clock.now() + 10s));
    }
    static std::string failure(errc why) { return '(' + make_error_code(why).message() + ')'; }

    callout::testing::memory_world world;
    callout::testing::stream_pair ends = callout::testing::make_stream_pair(world.clock);
    callout::testing::memory_stream &near = *ends.first, &far = *ends.second;
};

}  // namespace

TEST_F(a_stream_pair, read_takes_bytes_of_one_write) {
    EXPECT_TRUE(write(near, "one"));
    EXPECT_TRUE(write(near, "two"));
    EXPECT_TRUE(write(far, "back"));
    EXPECT_EQ(far.pending(), callout::unread::bytes);
    EXPECT_EQ(read(far, 2), "on");
    EXPECT_EQ(read(far), "e");
    EXPECT_EQ(read(far), "two");
    EXPECT_EQ(read(near), "back");
    EXPECT_EQ(read(near), failure(errc::timed_out));
}

TEST_F(a_stream_pair, half_that_ended_leaves_the_other_half_open) {
    EXPECT_TRUE(write(near, "last"));
    near.end_writing();
    EXPECT_EQ(read(far), "last");
    EXPECT_EQ(read(far), failure(errc::closed));
    EXPECT_EQ(far.pending(), callout::unread::end);
    EXPECT_TRUE(write(far, "answer"));
    EXPECT_EQ(read(near), "answer");
    EXPECT_EQ(write(near, "more").error(), errc::closed);
}

TEST_F(a_stream_pair, closed_connection_ends_for_both) {
    EXPECT_TRUE(write(near, "unread"));
    ends.first.reset();
    EXPECT_EQ(read(far), "unread");
    EXPECT_EQ(read(far), failure(errc::closed));
    EXPECT_EQ(write(far, "x").error(), errc::closed);
    far.close();
    EXPECT_EQ(read(far), failure(errc::cancelled));
}

TEST_F(a_stream_pair, writer_waits_until_there_is_room) {
    std::string const much(64 * 1024, 'x');
    EXPECT_TRUE(write(near, much));
    EXPECT_EQ(write(near, "x").error(), errc::timed_out);
    EXPECT_EQ(read(far, 1), "x");
    EXPECT_TRUE(write(near, "x"));
}

TEST_F(a_stream_pair, has_no_tls) {
    callout::tls_wish const wish("mx.example.org", callout::tls_version::v1_2);
    EXPECT_EQ(world.run(near.start_tls(wish, world.clock.now() + 10s)).error(), errc::tls_handshake);
}
