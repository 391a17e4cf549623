#include "callout/reply_lines.hpp"

#include <gtest/gtest.h>

#include <vector>

using callout::core::reply_lines;

namespace {

std::vector<std::string> all_of(reply_lines const& lines) {
    return {lines.begin(), lines.end()};
}

}  // namespace

TEST(reply_lines, come_as_they_were_put) {
    reply_lines lines;
    EXPECT_TRUE(lines.empty());
    EXPECT_EQ(lines.front(), "");
    EXPECT_EQ(all_of(lines), std::vector<std::string>());
    for (auto const* line : {"", "5.1.1 no such user", "", "bare \r CR", ""}) lines.push_back(line);
    EXPECT_EQ(lines.size(), 5u);
    EXPECT_EQ(lines.front(), "");
    EXPECT_EQ(all_of(lines), (std::vector<std::string>{"", "5.1.1 no such user", "", "bare \r CR", ""}));
}

TEST(reply_lines, line_end_within_makes_no_line) {
    EXPECT_EQ(all_of(reply_lines({"a\n250 ok", "b"})), (std::vector<std::string>{"a\r250 ok", "b"}));
}

TEST(reply_lines, empty_line_is_a_line) {
    EXPECT_FALSE(reply_lines({""}).empty());
    EXPECT_EQ(reply_lines({""}).size(), 1u);
    EXPECT_NE(reply_lines({""}), reply_lines());
    EXPECT_NE(reply_lines({"a", "b"}), reply_lines({"ab"}));
}
