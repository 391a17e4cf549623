#include "callout/mailfromd/line.hpp"

#include <gtest/gtest.h>

namespace {

using namespace callout::core;
using list = std::vector<std::string>;

std::vector<std::string> words(std::string_view line) {
    auto const split = split_words(line);
    EXPECT_TRUE(split.has_value()) << line;
    return split.value_or(std::vector<std::string>());
}

TEST(callout_line, blanks_part_words_however_many) {  // CP-006
    EXPECT_EQ(words(" \t VRFY \t a@b.example   MODE=mxonly\t"), (list{"VRFY", "a@b.example", "MODE=mxonly"}));
    EXPECT_EQ(words(""), list());
    EXPECT_EQ(words("  \t"), list());
}

TEST(callout_line, double_quotes_are_undone) {  // CP-007
    EXPECT_EQ(words(R"(VRFY "a\"b\\c d@b.example" HOST="mx.example")"),
              (list{"VRFY", R"(a"b\c d@b.example)", "HOST=mx.example"}));
    EXPECT_EQ(words(R"("")"), (list{""}));
}

TEST(callout_line, single_quotes_are_undone) {  // CP-008
    EXPECT_EQ(words(R"('a "b\ c' d)"), (list{R"(a "b\ c)", "d"}));
}

TEST(callout_line, a_backslash_outside_quotes_keeps_a_blank) {
    EXPECT_EQ(words(R"(a\ b c)"), (list{"a b", "c"}));
}

TEST(callout_line, escapes_make_control_characters_which_are_seen) {  // CP-081
    auto const made = words(R"("a\r\nRCPT")");
    ASSERT_EQ(made.size(), 1u);
    EXPECT_EQ(made[0], "a\r\nRCPT");
    EXPECT_TRUE(has_control_character(made[0]));
    EXPECT_FALSE(
        has_control_character("gr\xc3\xbc\xc3\x9f"
                              "e"));
}

TEST(callout_line, a_quote_that_stays_open_is_none) {  // CP-009
    for (auto const* line : {R"(VRFY "open)", R"('open)", R"("a\")", R"(a\)", R"(a"b'c)"}) {
        EXPECT_FALSE(split_words(line).has_value()) << line;
    }
}

TEST(callout_line, what_is_put_in_quotes_comes_out_again) {  // CP-089
    EXPECT_EQ(in_quotes(R"(a"b\c d@b.c)"), R"("a\"b\\c d@b.c")");
    for (auto const* text : {"", "plain", R"(a"b\c)", "with 'blanks' and $*", R"(\n)"}) {
        EXPECT_EQ(words(in_quotes(text)), (list{text}));
    }
}

}  // namespace
