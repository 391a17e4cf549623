#include "world/language/pattern.hpp"

#include <gtest/gtest.h>

namespace testmta::world {
namespace {

bool matches(std::string const& wildcards, std::string const& text) {
    return pattern(wildcards).matches(text);
}

TEST(Pattern, HasWildcards) {
    EXPECT_TRUE(matches("ann@x", "ANN@X"));
    EXPECT_TRUE(matches("<ann@x>", "ann@x"));
    EXPECT_FALSE(matches("ann@x", "ann@xx"));
    EXPECT_FALSE(matches("ann@x", "ann@"));
    EXPECT_TRUE(matches("*@x", "@x"));
    EXPECT_TRUE(matches("a*b*c", "aXbYbZc"));
    EXPECT_FALSE(matches("a*b*c", "aXbYbZ"));
    EXPECT_TRUE(matches("a?c*", "abc"));
    EXPECT_FALSE(matches("a?", "a"));
    EXPECT_TRUE(matches("*", ""));
    EXPECT_TRUE(matches("", ""));
    EXPECT_FALSE(matches("", "a"));
    EXPECT_TRUE(matches("**", "a"));
}

TEST(Pattern, MayBeAnAddressLiteral) {
    EXPECT_TRUE(matches("ann@[192.0.2.1]", "ann@[192.0.2.1]"));
}

// TM-111. Where each star is tried everywhere, the test does not end.
TEST(Pattern, TriesOnlyItsLatestStarAgain) {
    std::string wildcards;
    for (int i = 0; i != 30; ++i) wildcards += "*a";
    EXPECT_FALSE(matches(wildcards + "*b", std::string(2000, 'a')));
    EXPECT_TRUE(matches(wildcards + "*b", std::string(2000, 'a') + "b"));
}

}  // namespace
}  // namespace testmta::world
