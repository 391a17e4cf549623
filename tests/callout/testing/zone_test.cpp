#include "callout/testing/zone.hpp"

#include <gtest/gtest.h>

#include "callout/testing/memory_world.hpp"

using callout::dns_outcome;
using callout::record_type;
using callout::testing::memory_world;
using namespace std::chrono_literals;

namespace {

class a_zone : public ::testing::Test {
public:
    callout::dns_answer ask(std::string name, record_type type, std::chrono::seconds budget = 30s) {
        begun = world.clock.now();
        return world.run(dns.query(std::move(name), type, begun + budget));
    }
    std::chrono::nanoseconds took() const { return world.clock.now() - begun; }

    memory_world world;
    callout::testing::zone& dns = world.dns;
    callout::steady_time begun;
};

}  // namespace

TEST_F(a_zone, answers_from_its_records) {
    dns.mx("example.org", 20, "mx2.example.org");
    dns.mx("example.org", 10, "mx1.example.org");
    dns.address("mx1.example.org", "192.0.2.1");
    dns.address("mx1.example.org", "2001:db8::1");
    auto const mx = ask("example.org", record_type::mx);
    ASSERT_EQ(mx.exchanges.size(), 2u);
    EXPECT_EQ(mx.exchanges[0].preference, 20);
    EXPECT_EQ(mx.exchanges[1].exchange, "mx1.example.org");
    EXPECT_EQ(mx.ttl, 24h);
    auto const v6 = ask("mx1.example.org", record_type::aaaa);
    ASSERT_EQ(v6.addresses.size(), 1u);
    EXPECT_TRUE(v6.addresses[0].is_v6());
    EXPECT_EQ(ask("example.org", record_type::a).outcome, dns_outcome::no_data);
    EXPECT_EQ(ask("example.net", record_type::a).outcome, dns_outcome::no_domain);
    EXPECT_EQ(took(), 0s);
    dns.forget("example.org");
    EXPECT_EQ(ask("example.org", record_type::mx).outcome, dns_outcome::no_data);
    EXPECT_EQ(dns.asked.size(), 5u);
    EXPECT_EQ(dns.asked[1], std::pair(std::string("mx1.example.org"), record_type::aaaa));
}

TEST_F(a_zone, follows_aliases_to_the_canonical_name) {
    dns.alias("www.example.org", "web.example.org");
    dns.alias("web.example.org", "host.example.net");
    dns.address("host.example.net", "192.0.2.7");
    auto const found = ask("www.example.org", record_type::a);
    EXPECT_EQ(found.name, "host.example.net");
    ASSERT_EQ(found.addresses.size(), 1u);
    EXPECT_EQ(ask("www.example.org", record_type::mx).outcome, dns_outcome::no_data);
    EXPECT_EQ(ask("www.example.org", record_type::mx).name, "host.example.net");
    dns.alias("host.example.net", "www.example.org");
    EXPECT_EQ(ask("www.example.org", record_type::a).outcome, dns_outcome::failed) << "it is a circle";
}

TEST_F(a_zone, failure_is_what_was_asked_for) {
    dns.mx("example.org", 10, "mx1.example.org");
    dns.fails("example.org", record_type::mx, dns_outcome::failed);
    EXPECT_EQ(ask("example.org", record_type::mx).detail, "SERVFAIL");
    dns.fails("example.org", record_type::mx, dns_outcome::timed_out);
    EXPECT_EQ(ask("example.org", record_type::mx, 7s).outcome, dns_outcome::timed_out);
    EXPECT_EQ(took(), 7s);
}

TEST_F(a_zone, answer_comes_after_its_delay_and_holds_for_its_time) {
    dns.address("usual.example", "192.0.2.1");
    dns.address("slow.example", "192.0.2.2");
    dns.delay = 100ms;
    dns.ttl = 1h;
    dns.set_delay("slow.example", 5s);
    dns.set_ttl("slow.example", 1min);
    EXPECT_EQ(ask("usual.example", record_type::a).ttl, 1h);
    EXPECT_EQ(took(), 100ms);
    EXPECT_EQ(ask("slow.example", record_type::a).ttl, 1min);
    EXPECT_EQ(took(), 5s);
    EXPECT_EQ(ask("slow.example", record_type::a, 4s).outcome, dns_outcome::timed_out);
    EXPECT_EQ(took(), 4s);
}

TEST_F(a_zone, function_answers_for_names_without_records) {
    dns.address("example.org", "192.0.2.1");
    dns.otherwise([](std::string const& name, record_type) {
        callout::dns_answer found(dns_outcome::failed, name);
        if (name == "silent.example") return callout::testing::timed_answer(found, std::nullopt);
        return callout::testing::timed_answer(found, 2s);
    });
    EXPECT_TRUE(ask("example.org", record_type::a).ok());
    EXPECT_EQ(ask("example.org", record_type::mx).outcome, dns_outcome::no_data);
    EXPECT_EQ(ask("example.net", record_type::a).detail, "example.net");
    EXPECT_EQ(took(), 2s);
    EXPECT_EQ(ask("silent.example", record_type::a, 9s).outcome, dns_outcome::timed_out);
    EXPECT_EQ(took(), 9s);
}
