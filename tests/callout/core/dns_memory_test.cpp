#include "core/dns_memory.hpp"

#include <gtest/gtest.h>

#include "support/callout_address.hpp"
#include "support/callout_moments.hpp"

using namespace callout;
using namespace callout::core;
using namespace std::chrono_literals;

namespace {

using test::now;

dns_answer answer(std::chrono::seconds ttl, dns_outcome outcome = dns_outcome::ok) {
    dns_answer a(outcome);
    a.ttl = ttl;
    a.addresses.push_back(test::ip("192.0.2.1"));
    return a;
}

}  // namespace

TEST(dns_memory, answers_with_the_life_that_is_left) {
    dns_memory m({10});
    m.put("example.org", record_type::a, answer(60s), now);
    auto const found = m.find("example.org", record_type::a, now + 20s);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->ttl, 40s);
    EXPECT_EQ(found->addresses.size(), 1u);
    EXPECT_FALSE(m.find("example.org", record_type::aaaa, now));
    EXPECT_FALSE(m.find("example.org", record_type::a, now + 60s));
    EXPECT_EQ(m.size(), 0u);
}

TEST(dns_memory, keeps_what_does_not_exist_and_no_failure) {
    dns_memory m({10});
    m.put("a", record_type::mx, answer(60s, dns_outcome::no_domain), now);
    m.put("b", record_type::mx, answer(60s, dns_outcome::no_data), now);
    m.put("c", record_type::mx, answer(60s, dns_outcome::failed), now);
    m.put("d", record_type::mx, answer(60s, dns_outcome::timed_out), now);
    m.put("e", record_type::mx, answer(0s), now);
    EXPECT_TRUE(m.find("a", record_type::mx, now));
    EXPECT_TRUE(m.find("b", record_type::mx, now));
    EXPECT_EQ(m.size(), 2u);
    m.put("a", record_type::mx, answer(60s, dns_outcome::failed), now);
    EXPECT_FALSE(m.find("a", record_type::mx, now));
}

TEST(dns_memory, forgets_what_was_used_longest_ago) {
    dns_memory m({3});
    for (auto const* name : {"a", "b", "c"}) m.put(name, record_type::a, answer(60s), now);
    EXPECT_TRUE(m.find("a", record_type::a, now));
    m.put("d", record_type::a, answer(60s), now);
    EXPECT_EQ(m.size(), 3u);
    EXPECT_FALSE(m.find("b", record_type::a, now));
    EXPECT_TRUE(m.find("a", record_type::a, now));
}

namespace {

dns_answer exchanges(std::size_t count) {
    dns_answer a(dns_outcome::ok);
    a.ttl = 60s;
    for (std::size_t i = 0; i < count; ++i) a.exchanges.emplace_back(10, std::string(200, 'x'));
    return a;
}

}  // namespace

TEST(dns_memory, counts_octets_whatever_a_zone_holds) {  // CO-214, RS-107
    dns_memory m({1000, 64 << 10});
    for (int i = 0; i < 1000; ++i) {
        m.put("small" + std::to_string(i), record_type::a, answer(60s), now);
        m.put("large" + std::to_string(i), record_type::mx, exchanges(20), now);
        ASSERT_LE(m.bytes(), 64u << 10);
        ASSERT_LE(m.size() * 4000, m.bytes() * 2) << "it counts what twenty names of 200 octets take";
    }
    EXPECT_GE(m.size(), 20u);
    EXPECT_TRUE(m.find("large999", record_type::mx, now));

    m.put("huge", record_type::mx, exchanges(1000), now);
    EXPECT_FALSE(m.find("huge", record_type::mx, now)) << "one that takes more than all";
    EXPECT_GE(m.size(), 20u) << "and removes nothing";
}

TEST(dns_memory, gives_back_what_it_forgets) {
    dns_memory m({10});
    m.put("a", record_type::mx, exchanges(20), now);
    auto const one = m.bytes();
    m.put("a", record_type::mx, exchanges(20), now);
    EXPECT_EQ(m.bytes(), one);
    m.put("b", record_type::mx, exchanges(20), now);
    EXPECT_EQ(m.bytes(), 2 * one);
    EXPECT_FALSE(m.find("a", record_type::mx, now + 60s));
    m.put("b", record_type::mx, answer(60s, dns_outcome::failed), now);
    EXPECT_EQ(m.bytes(), 0u);
    EXPECT_EQ(m.size(), 0u);
}
