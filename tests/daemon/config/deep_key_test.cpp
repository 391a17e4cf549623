#include "config/deep_key.hpp"

#include <gtest/gtest.h>

#include "config/config.hpp"

using vouchd::find_deep_key;
using vouchd::place;

namespace {

std::string of_parts(std::size_t count) {
    std::string key = "a";
    for (std::size_t i = 1; i < count; ++i) key += ".a";
    return key;
}

}  // namespace

TEST(deep_key, is_found_wherever_a_key_may_stand) {
    auto const deep = of_parts(vouchd::most_key_parts + 1);
    for (auto const& text :
         {deep + " = 1", "[" + deep + "]", "a = {" + deep + " = 1}", "a = [{b = 1, " + deep + " = 1}]",
          "a = \"\"\"\n\\\"\"\"\"\n" + deep + " = 1", "a = 'it\n" + deep + " = 1"})
        EXPECT_TRUE(find_deep_key(text, "")) << text;
}

TEST(deep_key, is_none_in_strings_comments_and_several_keys) {
    auto const deep = of_parts(vouchd::most_key_parts + 1);
    auto const long_enough = of_parts(vouchd::most_key_parts);
    for (auto const& text :
         {long_enough + " = 1\n" + long_enough + " = 1", "a = \"" + deep + "\"", "a = '" + deep + "'",
          "# " + deep, "a = \"\"\"\n" + deep + "\n\"\"\"", "a = '''\n" + deep + "\n'''",
          "\"" + deep + "\" = 1", "a = \"\\\"" + deep + "\""})
        EXPECT_FALSE(find_deep_key(text, "")) << text;
}

TEST(deep_key, is_told_with_its_place_before_it_uses_up_the_stack) {
    auto const loaded =
        vouchd::load_config_text("config_version = 1\n" + of_parts(100'000) + " = 1\n", "test.toml");
    ASSERT_EQ(loaded.problems.size(), 1u);
    EXPECT_EQ(loaded.problems.front().to_string(), "test.toml:2:32: error E106: a key has at most 16 parts");
}
