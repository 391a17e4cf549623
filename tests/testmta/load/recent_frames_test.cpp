#include "load/recent_frames.hpp"

#include <gtest/gtest.h>

#include "milterproto/core/wire/codec.hpp"

namespace testmta::load {
namespace {

std::string frame(char letter, std::string_view payload = {}) {
    std::string octets;
    milterproto::core::append_frame(octets, letter, payload);
    return octets;
}

std::size_t count(std::string const& text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
}

TEST(RecentFrames, TM_096_ShowsBothWaysWithBytes) {
    recent_frames frames;
    using namespace std::string_view_literals;
    frames.sent(frame('R', "<a@b>\0"sv) + frame('T'));
    frames.received(frame('c'));
    auto const text = frames.format();
    EXPECT_NE(text.find("> RCPT <a@b>\n"), std::string::npos) << text;
    EXPECT_NE(text.find("> DATA\n"), std::string::npos) << text;
    EXPECT_NE(text.find("< CONTINUE\n"), std::string::npos) << text;
    EXPECT_NE(text.find("00 00 00 07 52 3c"), std::string::npos) << text;
}

TEST(RecentFrames, KeepsTheLastEight) {
    recent_frames frames;
    for (int i = 0; i != 5; ++i) frames.sent(frame('T'));
    for (int i = 0; i != 6; ++i) frames.received(frame('c'));
    EXPECT_EQ(count(frames.format(), "> DATA"), 2u);
    EXPECT_EQ(count(frames.format(), "< CONTINUE"), 6u);
    frames.clear();
    EXPECT_EQ(frames.format(), "");
}

TEST(RecentFrames, CutsALongOneAndSaysHowLongItWas) {
    recent_frames frames;
    frames.sent(frame('B', std::string(5000, 'x')));
    EXPECT_NE(frames.format().find("... (5005 bytes in all)"), std::string::npos) << frames.format();
}

TEST(RecentFrames, BytesThatAreNotAFrameAreShownAsTheyAre) {
    for (auto const* bad : {"HTTP/1.1 400 Bad", "abc"}) {
        recent_frames frames;
        frames.received(std::string_view(bad, 3));
        EXPECT_NE(frames.format().find("bytes that are not a whole frame"), std::string::npos);
    }
    recent_frames frames;
    frames.received(std::string_view("\0\0\0\0\0", 5));
    EXPECT_NE(frames.format().find("bytes that are not a whole frame"), std::string::npos);
}

}  // namespace
}  // namespace testmta::load
