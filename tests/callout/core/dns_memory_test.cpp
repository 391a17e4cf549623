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
    dns_memory m(10);
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
    dns_memory m(10);
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

TEST(dns_memory, is_bounded_whatever_a_zone_holds) {
    dns_memory m(3);
    for (auto const* name : {"a", "b", "c"}) m.put(name, record_type::a, answer(60s), now);
    EXPECT_TRUE(m.find("a", record_type::a, now));
    m.put("d", record_type::a, answer(60s), now);
    EXPECT_EQ(m.size(), 3u);
    EXPECT_FALSE(m.find("b", record_type::a, now));
    auto huge = answer(60s);
    huge.addresses.resize(1000);
    m.put("huge", record_type::a, huge, now);
    EXPECT_FALSE(m.find("huge", record_type::a, now));
}
