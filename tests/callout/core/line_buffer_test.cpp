#include "callout/line_buffer.hpp"

#include <gtest/gtest.h>

#include <vector>

using callout::core::line_buffer;

namespace {

/// The lines of `text` when it comes in such pieces; what has no end yet is the last one.
std::vector<std::string> lines_of(std::string_view text, std::size_t piece) {
    line_buffer buffer;
    std::vector<std::string> lines;
    while (!text.empty()) {
        buffer.append(text.substr(0, piece));
        text.remove_prefix(std::min(piece, text.size()));
        for (auto end = buffer.find_line_end(); end != std::string_view::npos; end = buffer.find_line_end()) {
            lines.emplace_back(buffer.unread().substr(0, end));
            buffer.take(end + 1);
        }
    }
    lines.emplace_back(buffer.unread());
    return lines;
}

}  // namespace

TEST(line_buffer, lines_are_the_same_in_any_pieces) {
    std::string_view const text = "one\n\ntwo\r\n\n\nthree\nfour";
    std::vector<std::string> const expected = {"one", "", "two\r", "", "", "three", "four"};
    for (std::size_t piece = 1; piece <= text.size(); ++piece)
        EXPECT_EQ(lines_of(text, piece), expected) << piece;
}

TEST(line_buffer, unread_bytes_stay_when_others_are_taken) {
    line_buffer buffer;
    buffer.append("abc");
    EXPECT_EQ(buffer.find_line_end(), std::string_view::npos);
    buffer.take(2);
    EXPECT_EQ(buffer.unread(), "c");
    EXPECT_EQ(buffer.size(), 1u);
    buffer.append("d\ne");
    EXPECT_EQ(buffer.find_line_end(), 2u);
    EXPECT_EQ(buffer.find_line_end(), 2u) << "it is still there";
    buffer.take(4);
    EXPECT_TRUE(buffer.empty());
    EXPECT_EQ(buffer.find_line_end(), std::string_view::npos);
}

TEST(line_buffer, view_holds_while_lines_are_taken) {
    line_buffer buffer;
    buffer.append("first\nsecond\n");
    auto const first = buffer.unread().substr(0, buffer.find_line_end());
    buffer.take(6);
    buffer.take(7);
    EXPECT_EQ(first, "first");
}

TEST(line_buffer, cleared_begins_again) {
    line_buffer buffer;
    buffer.append("abc");
    (void)buffer.find_line_end();
    buffer.clear();
    EXPECT_TRUE(buffer.empty());
    buffer.append("\n");
    EXPECT_EQ(buffer.find_line_end(), 0u);
}
