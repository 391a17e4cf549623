#include "text/values.hpp"

#include <gtest/gtest.h>

namespace testmta::text {
namespace {

using namespace std::chrono_literals;

TEST(Values, Durations) {
    EXPECT_EQ(parse_duration("20us"), 20us);
    EXPECT_EQ(parse_duration("5s"), 5s);
    EXPECT_EQ(parse_duration("3600s"), 3600s);
    for (auto const* wrong :
         {"", "5", "s", "5 s", "-5s", "5m", "3601s", "99999999999999s", "99999999999999999999s"}) {
        EXPECT_FALSE(parse_duration(wrong)) << wrong;
    }
    EXPECT_EQ(to_string(1500ms), "1500ms");
    EXPECT_EQ(to_string(2s), "2s");
    EXPECT_EQ(to_string(7us), "7us");
}

TEST(Values, Sizes) {
    EXPECT_EQ(parse_size("7"), 7u);
    EXPECT_EQ(parse_size("7B"), 7u);
    EXPECT_EQ(parse_size("2K"), 2048u);
    EXPECT_EQ(parse_size("1M"), 1048576u);
    for (auto const* wrong : {"", "K", "1G", "1025M", "99999999999999M"})
        EXPECT_FALSE(parse_size(wrong)) << wrong;
}

TEST(Values, Numbers) {
    EXPECT_EQ(parse_number("4294967295"), 4294967295u);
    EXPECT_EQ(parse_number("0x1ff"), 0x1ffu);
    for (auto const* wrong : {"", "4294967296", "0x", "0x100000000", "1x"})
        EXPECT_FALSE(parse_number(wrong)) << wrong;
}

TEST(Values, HexadecimalBytes) {
    EXPECT_EQ(parse_hex("0aFF"), "\x0a\xff");
    for (auto const* wrong : {"", "0", "0g", "0a0"}) EXPECT_FALSE(parse_hex(wrong)) << wrong;
}

TEST(Values, Codes) {
    EXPECT_TRUE(is_enhanced_code("5.1.1"));
    EXPECT_TRUE(is_enhanced_code("4.999.0"));
    for (auto const* wrong : {"", "5.1", "3.1.1", "5.1.1.", "5.1.1000"})
        EXPECT_FALSE(is_enhanced_code(wrong)) << wrong;
    EXPECT_EQ(parse_reply_code("550"), 550);
    for (auto const* wrong : {"", "99", "199", "600", "5500"}) EXPECT_FALSE(parse_reply_code(wrong)) << wrong;
}

}  // namespace
}  // namespace testmta::text
