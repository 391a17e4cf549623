#include "core/dns_query.hpp"

#include <gtest/gtest.h>

#include <set>

#include "callout/testing/seeded_random.hpp"
#include "core/ascii.hpp"
#include "support/callout_dns_message.hpp"

using namespace callout;
using namespace callout::core;

TEST(dns_query, is_what_a_resolver_sends) {
    auto const query = dns_query(7, "example.org", record_type::mx, edns::without);
    ASSERT_TRUE(query);
    EXPECT_EQ(*query, test::dns_query("example.org", 15));
    EXPECT_EQ(dns_query(7, "example.org.", record_type::mx, edns::without), query);
    EXPECT_EQ(dns_query(7, "", record_type::a, edns::without), test::dns_query("", 1));
}

TEST(dns_query, says_what_size_of_an_answer_it_takes) {  // RFC 6891 6.1.2
    auto expected = test::dns_query("example.org", 15);
    expected[11] = 1;
    expected.insert(expected.end(), {0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0});
    EXPECT_EQ(dns_query(7, "example.org", record_type::mx, edns::with), expected);
}

TEST(dns_query, name_that_dns_cannot_hold_makes_none) {
    std::string const label(63, 'a');
    auto const three = label + '.' + label + '.' + label + '.';
    EXPECT_TRUE(dns_query(7, three + std::string(61, 'b'), record_type::a, edns::with));
    for (auto const& name :
         {three + std::string(62, 'b'), label + 'a', std::string("a..b"), std::string(".a"),
          std::string("a.."), std::string(".."), std::string("a.b..c")}) {
        EXPECT_FALSE(dns_query(7, name, record_type::a, edns::with)) << name;
    }
}

TEST(dns_query, letters_are_mixed_by_chance) {  // CO-217
    callout::testing::seeded_random chance;
    std::string const name =
        "abcdefghijklmnopqrstuvwxyz-0123456789.abcdefghijklmnopqrstuvwxyz_abcdefghijklmnopqrstuvwxyz";
    std::set<std::string> seen;
    std::string ever_upper(name.size(), '-'), ever_lower(name.size(), '-');
    for (int i = 0; i < 100; ++i) {
        auto const mixed = in_mixed_case(name, chance);
        EXPECT_EQ(in_lower_case(mixed), name);
        seen.insert(mixed);
        for (std::size_t at = 0; at < name.size(); ++at) {
            (lower(mixed[at]) == mixed[at] ? ever_lower : ever_upper)[at] = name[at];
        }
    }
    EXPECT_EQ(seen.size(), 100u);
    EXPECT_EQ(ever_lower, name);
    EXPECT_EQ(std::ranges::count(ever_upper, '-'),
              std::ranges::count_if(name, [](char c) { return c < 'a' || c > 'z'; }));
}
