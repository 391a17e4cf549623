#include "text/expression.hpp"

#include <gtest/gtest.h>

namespace testmta::text {
namespace {

using namespace std::string_literals;
using letters = expression::letters;

std::string mistake_in(std::string const& pattern) {
    try {
        expression const made(pattern, letters::as_written);
        return {};
    } catch (mistake_in_expression const& wrong) {
        return wrong.why();
    }
}

bool is_found(std::string const& pattern, std::string const& text) {
    return expression(pattern, letters::as_written).is_found_in(text);
}

TEST(Expression, IsFoundAnywhereUnlessItSaysOtherwise) {
    EXPECT_TRUE(is_found("b", "abc"));
    EXPECT_FALSE(is_found("^b", "abc"));
    EXPECT_TRUE(is_found("^a.c$", "abc"));
    EXPECT_FALSE(is_found("^a.c$", "a\nc"));
    EXPECT_TRUE(is_found("a\\S\\d\\/[x-z]{2}", "aB5/xz"));
    EXPECT_FALSE(is_found("A", "a"));
    EXPECT_TRUE(expression("A", letters::of_any_case).is_found_in("a"));
}

TEST(Expression, TakesBytes) {
    EXPECT_TRUE(is_found("^a.b$", "a\xff"s + "b"));
    EXPECT_TRUE(is_found("^a.b$", "a\0b"s));
}

// TM-111. Where every way is tried, 34 letters already are 2^34 steps, and long texts a deep stack: with that
// the test does not end.
TEST(Expression, TriesNoWayTwice) {
    EXPECT_FALSE(is_found("([a-z]+)+@m.test", std::string(100'000, 'a') + "!@m.test"));
    EXPECT_FALSE(is_found("(.|x)*y", std::string(400'000, 'x')));
    EXPECT_FALSE(is_found("(a?){50}a{50}$", std::string(49, 'a')));
}

// TM-112
TEST(Expression, HasBounds) {
    EXPECT_EQ(mistake_in("(a"), "missing ): (a");
    EXPECT_TRUE(is_found(std::string(20'000, '(') + "a" + std::string(20'000, ')'), "a"));
    EXPECT_NE(mistake_in("((a{100}){100}){100}"), "");
    EXPECT_NE(mistake_in("a(?=b)"), "") << "looking ahead needs more than linear time";
    EXPECT_NE(mistake_in("(a)\\1"), "") << "so does a reference";
}

}  // namespace
}  // namespace testmta::text
