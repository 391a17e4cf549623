#include "core/repeated_refusals.hpp"

#include <gtest/gtest.h>

using callout::core::repeated_refusals;

namespace {

constexpr auto some_host = "192.0.2.1";
constexpr auto some_text = "550 5.7.1 rejected by policy";

}  // namespace

TEST(repeated_refusals, third_address_in_a_row_makes_it_about_us) {  // CO-202
    repeated_refusals heard;
    EXPECT_FALSE(heard.refused(some_host, some_text, "ann@example.org"));
    EXPECT_FALSE(heard.refused(some_host, some_text, "bob@example.org"));
    EXPECT_TRUE(heard.refused(some_host, some_text, "carl@example.net"));
    EXPECT_TRUE(heard.refused(some_host, some_text, "dora@example.com"));
    EXPECT_TRUE(heard.refused(some_host, some_text, "ann@example.org"));
}

TEST(repeated_refusals, one_address_counts_once) {
    repeated_refusals heard;
    for (int i = 0; i < 10; ++i) {
        EXPECT_FALSE(heard.refused(some_host, some_text, "ann@example.org"));
        EXPECT_FALSE(heard.refused(some_host, some_text, "bob@example.org"));
    }
}

TEST(repeated_refusals, an_acceptance_begins_the_count_anew) {  // CO-202
    repeated_refusals heard;
    heard.refused(some_host, some_text, "ann@example.org");
    heard.refused(some_host, some_text, "bob@example.org");
    heard.accepted(some_host);
    EXPECT_EQ(heard.size(), 0u);
    EXPECT_FALSE(heard.refused(some_host, some_text, "carl@example.org"));
    EXPECT_FALSE(heard.refused(some_host, some_text, "ann@example.org"));
    EXPECT_TRUE(heard.refused(some_host, some_text, "bob@example.org"));
}

TEST(repeated_refusals, other_words_and_other_hosts_are_counted_apart) {
    repeated_refusals heard;
    heard.refused(some_host, some_text, "ann@example.org");
    heard.refused(some_host, some_text, "bob@example.org");
    EXPECT_FALSE(heard.refused("192.0.2.2", some_text, "carl@example.org"));
    EXPECT_FALSE(heard.refused(some_host, "550 5.2.1 closed", "carl@example.org"));
    EXPECT_TRUE(heard.refused(some_host, some_text, "dora@example.org")) << "the words between do not matter";
}

TEST(repeated_refusals, a_host_is_known_by_its_last_few_texts) {
    repeated_refusals heard;
    heard.refused(some_host, some_text, "ann@example.org");
    heard.refused(some_host, some_text, "bob@example.org");
    for (std::size_t i = 1; i < repeated_refusals::most_texts; ++i)
        heard.refused(some_host, std::to_string(i), "carl@example.org");
    EXPECT_TRUE(heard.refused(some_host, some_text, "carl@example.org"));
    for (std::size_t i = 0; i < repeated_refusals::most_texts; ++i)
        heard.refused(some_host, "new " + std::to_string(i), "carl@example.org");
    EXPECT_FALSE(heard.refused(some_host, some_text, "dora@example.org"));
}

TEST(repeated_refusals, memory_is_bounded) {
    repeated_refusals heard;
    for (std::size_t i = 0; i < repeated_refusals::most_hosts + 100; ++i)
        heard.refused(std::to_string(i), some_text, "ann@example.org");
    EXPECT_EQ(heard.size(), repeated_refusals::most_hosts);
}
