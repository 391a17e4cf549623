#include "milterproto/core/wire/frame.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "milterproto/support/packets.hpp"

namespace milterproto::core {
namespace {

using namespace std::string_literals;

void feed(frame_reader& reader, std::string_view bytes) {
    auto const room = reader.prepare(std::max<std::size_t>(bytes.size(), 1));
    std::memcpy(room.data(), bytes.data(), bytes.size());
    reader.commit(bytes.size());
}

/// Every frame in words, or what was wrong.
std::string drain(frame_reader& reader) {
    std::string seen;
    for (;;) {
        auto const read = reader.next();
        if (read.has_error()) return seen + read.error().message();
        if (!*read) return seen;
        seen += (*read)->letter + std::string((*read)->payload) + "|";
    }
}

errc error_of(std::string_view bytes, std::size_t limit = limits::payload) {
    frame_reader reader(limit);
    feed(reader, bytes);
    auto const read = reader.next();
    return read.has_error() ? static_cast<errc>(read.error().value()) : errc{};
}

// MP-002, MP-003
TEST(frame, every_split_gives_the_same_frames) {
    auto const stream =
        packets::raw('c') + packets::mail("<a>") + packets::body("\r\n\0x"s) + packets::raw('Q');
    std::string const expected = "c|M<a>\0|B\r\n\0x|Q|"s;
    for (std::size_t first = 0; first <= stream.size(); ++first) {
        frame_reader reader;
        feed(reader, std::string_view(stream).substr(0, first));
        auto seen = drain(reader);
        feed(reader, std::string_view(stream).substr(first));
        seen += drain(reader);
        EXPECT_EQ(seen, expected) << "split at " << first;
        EXPECT_FALSE(reader.mid_frame());
    }
}

// MP-002
TEST(frame, byte_by_byte) {
    auto const stream = packets::helo("x") + packets::raw('T');
    frame_reader reader;
    std::string seen;
    for (char const byte : stream) {
        feed(reader, {&byte, 1});
        seen += drain(reader);
    }
    EXPECT_EQ(seen, "Hx\0|T|"s);
}

TEST(frame, large_frames_in_random_pieces_with_a_moving_and_growing_buffer) {
    std::string stream;
    for (std::size_t const size : {1U, 65535U, 30000U, 0U, 65535U, 16384U, 7U})
        stream += packets::raw('B', std::string(size, 'x'));
    std::minstd_rand random(7);
    frame_reader reader;
    std::size_t payload = 0;
    std::size_t frames = 0;
    for (std::string_view rest = stream; !rest.empty();) {
        auto const size = std::min<std::size_t>(rest.size(), 1 + random() % 20000);
        feed(reader, rest.substr(0, size));
        rest.remove_prefix(size);
        for (auto read = reader.next(); *read; read = reader.next()) {
            payload += (*read)->payload.size();
            EXPECT_EQ((*read)->payload.find_first_not_of('x'), std::string_view::npos);
            ++frames;
        }
    }
    EXPECT_EQ(frames, 7U);
    EXPECT_EQ(payload, 1U + 65535 + 30000 + 65535 + 16384 + 7);
}

// MP-004
TEST(frame, length_0_is_an_error_and_stays_one) {
    frame_reader reader;
    feed(reader, "\0\0\0\0"s + packets::raw('H', "x"));
    EXPECT_EQ(reader.next().error(), errc::frame_empty);
    EXPECT_EQ(reader.next().error(), errc::frame_empty) << "never on into what follows";
}

// MP-005, MP-006, MP-007
TEST(frame, the_limit) {
    EXPECT_EQ(error_of("\0\1\0\0"s), errc{}) << "65535 bytes after the letter";
    EXPECT_EQ(error_of("\0\1\0\1"s), errc::frame_too_long);
    EXPECT_EQ(error_of("\x80\0\0\1"s), errc::frame_too_long);
    EXPECT_EQ(error_of("\xff\xff\xff\xff"s), errc::frame_too_long);
    EXPECT_EQ(error_of("\0\0\0\5"s, 4), errc{});
    EXPECT_EQ(error_of("\0\0\0\6"s, 4), errc::frame_too_long);
}

// MP-008
TEST(frame, the_limit_can_be_raised_on_the_way) {
    frame_reader reader;
    feed(reader, packets::raw('c'));
    reader.limit(limits::payload_256k);
    EXPECT_EQ(drain(reader), "c|");
    feed(reader, "\0\4\0\0"s);
    EXPECT_TRUE(reader.next().has_value());
    EXPECT_EQ(error_of("\0\4\0\1"s, limits::payload_256k), errc::frame_too_long);
}

TEST(frame, text_is_told_from_a_length) {
    for (auto const* text : {"GET / HTTP/1.0", "EHLO x", "\r\n\r\n", "220 mx"}) {
        EXPECT_EQ(error_of(text), errc::not_milter) << text;
    }
    EXPECT_EQ(error_of("\x16\x03\x01\x02"s), errc::frame_too_long) << "TLS is not text";
}

// MP-010
TEST(frame, memory_follows_what_came_and_not_what_was_promised) {
    frame_reader reader;
    feed(reader,
         "\0\0\xff\xff"
         "B"s);
    EXPECT_EQ(drain(reader), "");
    EXPECT_LT(reader.prepare(1).size(), 64U);
}

TEST(frame, a_buffer_is_bounded_by_the_limit) {
    frame_reader reader;
    auto const frame = packets::raw('B', std::string(limits::payload, 'x'));
    std::size_t largest = 0;
    for (int round = 0; round != 20; ++round) {
        for (std::string_view rest = frame; !rest.empty();) {
            auto const room = reader.prepare();
            largest = std::max(largest, room.size());
            auto const size = std::min(rest.size(), room.size());
            std::memcpy(room.data(), rest.data(), size);
            reader.commit(size);
            rest.remove_prefix(size);
        }
        drain(reader);
    }
    EXPECT_LE(largest, 2 * (limits::payload + 16 * 1024));
}

TEST(frame, a_release_keeps_what_waits) {
    frame_reader reader;
    feed(reader, "\0\0\0\2H"s);
    reader.release();
    EXPECT_TRUE(reader.mid_frame());
    feed(reader, "x");
    EXPECT_EQ(drain(reader), "Hx|");
    reader.release();
    EXPECT_FALSE(reader.mid_frame());
    feed(reader, packets::raw('Q'));
    EXPECT_EQ(drain(reader), "Q|");
}

TEST(frame, a_search_goes_on_where_it_ended_also_after_the_bytes_have_moved) {
    frame_reader reader;
    feed(reader, packets::raw('T') + packets::raw('L', "x") + packets::raw('A').substr(0, 3));
    EXPECT_FALSE(reader.any_waiting("AQ"));
    EXPECT_TRUE(*reader.next());
    reader.adopt(byte_buffer(100));
    EXPECT_FALSE(reader.any_waiting("AQ"));
    feed(reader, packets::raw('A').substr(3));
    EXPECT_TRUE(reader.any_waiting("AQ"));
    EXPECT_TRUE(reader.any_waiting("AQ")) << "what was found is found again";
    EXPECT_EQ(drain(reader), "Lx|A|");
    EXPECT_FALSE(reader.any_waiting("AQ"));
    feed(reader, packets::raw('Q'));
    EXPECT_TRUE(reader.any_waiting("AQ"));
}

}  // namespace
}  // namespace milterproto::core
