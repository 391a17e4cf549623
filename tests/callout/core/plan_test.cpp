#include "core/plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "callout/doors/stream.hpp"
#include "callout/testing/seeded_random.hpp"
#include "support/callout_address.hpp"
#include "support/callout_names.hpp"

using namespace callout;
using namespace callout::core;
using test::ip;

namespace {

struct plan : ::testing::Test {
    callout::testing::seeded_random chance;
    engine_options options;

    static dns_answer exchanges(std::vector<std::pair<unsigned, std::string>> records) {
        dns_answer a(dns_outcome::ok);
        for (auto& [preference, name] : records)
            a.exchanges.emplace_back(std::uint16_t(preference), std::move(name));
        return a;
    }
    host_plan of(dns_answer const& mx) {
        return plan_hosts(brief(request(test::box("ann@example.org")), options), &mx, options, chance);
    }
    std::vector<std::string> order(dns_answer const& mx) {
        std::vector<std::string> names;
        for (auto const& h : of(mx).hosts) names.push_back(h.name);
        return names;
    }
};

using names = std::vector<std::string>;

}  // namespace

TEST_F(plan, ascending_preference) {  // CO-011
    EXPECT_EQ(order(exchanges({{30, "c"}, {10, "a"}, {20, "b"}})), (names{"a", "b", "c"}));
}

TEST_F(plan, equal_preferences_are_shuffled) {  // CO-012
    std::map<std::string, int> first;
    for (int i = 0; i < 1000; ++i)
        ++first[order(exchanges({{10, "a"}, {10, "b"}, {10, "c"}, {20, "d"}})).front()];
    EXPECT_EQ(first.size(), 3u);
    for (auto const& [name, times] : first) {
        EXPECT_GE(times, 250) << name;
        EXPECT_LE(times, 420) << name;
    }
}

TEST_F(plan, null_mx) {  // CO-013
    auto const p = of(exchanges({{0, ""}}));
    EXPECT_TRUE(p.hosts.empty());
    EXPECT_EQ(p.verdict->status, status::fail);
    EXPECT_EQ(p.verdict->reason, reason::null_mx);
    EXPECT_EQ(p.verdict->scope, scope::domain);
    EXPECT_EQ(p.verdict->message.substr(0, 10), "556 5.1.10");
}

TEST_F(plan, null_mx_among_others_is_left_out) {  // CO-014
    auto const p = of(exchanges({{0, ""}, {10, "a"}}));
    EXPECT_EQ(p.hosts.front().name, "a");
    EXPECT_EQ(p.left_out.front().host, ".");
}

TEST_F(plan, no_data_means_the_domain_itself) {  // CO-015
    EXPECT_EQ(order(dns_answer(dns_outcome::no_data)), names{"example.org"});
    options.implicit_mx = false;
    EXPECT_EQ(of(dns_answer(dns_outcome::no_data)).verdict->reason, reason::mx_unresolvable);
}

TEST_F(plan, alias_without_mx_means_its_target) {  // CO-022
    dns_answer a(dns_outcome::no_data);
    a.name = "real.example.net";
    EXPECT_EQ(order(a), names{"real.example.net"});
}

TEST_F(plan, missing_domain) {  // CO-017
    auto const v = *of(dns_answer(dns_outcome::no_domain)).verdict;
    EXPECT_EQ(v.reason, reason::no_domain);
    EXPECT_EQ(v.message.substr(0, 9), "550 5.1.2");
}

TEST_F(plan, failed_question) {  // CO-018, CO-019
    for (auto const how : {dns_outcome::failed, dns_outcome::timed_out}) {
        auto const p = of(dns_answer(how, "SERVFAIL"));
        EXPECT_TRUE(p.hosts.empty());
        EXPECT_EQ(p.verdict->status, status::transient);
        EXPECT_EQ(p.verdict->reason, reason::dns);
        EXPECT_EQ(p.verdict->message.substr(0, 9), "451 4.4.3");
    }
}

TEST_F(plan, address_as_a_name_is_left_out) {  // CO-025
    EXPECT_EQ(order(exchanges({{10, "192.0.2.7"}, {10, "2001:db8::1"}, {20, "a"}})), names{"a"});
    EXPECT_EQ(of(exchanges({{10, "192.0.2.7"}})).verdict->reason, reason::mx_unresolvable);
}

TEST_F(plan, limits_hold_whatever_the_zone_holds) {  // CO-036, CO-037
    std::vector<std::pair<unsigned, std::string>> many;
    for (unsigned i = 0; i < 200; ++i) many.emplace_back(200 - i, "mx" + std::to_string(200 - i));
    auto const p = of(exchanges(many));
    ASSERT_EQ(p.hosts.size(), options.max_mx);
    EXPECT_EQ(p.hosts.front().name, "mx1");
    EXPECT_EQ(p.hosts.back().name, "mx5");
    EXPECT_EQ(p.left_out.size(), 20u);
    EXPECT_EQ(p.untold, 175u);
    EXPECT_EQ(p.beyond_limits, 195u);
    EXPECT_EQ(of(exchanges({{10, "192.0.2.7"}, {20, "a"}})).beyond_limits, 0u);
}

TEST_F(plan, what_dns_left_out_is_counted) {  // CO-213
    auto few = exchanges({{10, "a"}});
    few.left_out = 3;  // names that cannot be hosts'
    EXPECT_EQ(of(few).untold, 3u);
    EXPECT_EQ(of(few).beyond_limits, 0u);

    std::vector<std::pair<unsigned, std::string>> twenty;
    for (unsigned i = 0; i < 20; ++i) twenty.emplace_back(i, "mx" + std::to_string(i));
    auto many = exchanges(twenty);
    many.left_out = 3980;
    EXPECT_EQ(of(many).left_out.size() + of(many).untold, 15u + 3980u);
    EXPECT_EQ(of(many).beyond_limits, 15u + 3980u);

    dns_answer none(dns_outcome::ok);
    none.left_out = 2;
    EXPECT_EQ(of(none).verdict->reason, reason::mx_unresolvable) << "which is not the domain itself";
    auto null = exchanges({{0, ""}});
    null.left_out = 1;
    EXPECT_EQ(of(null).verdict->reason, reason::mx_unresolvable) << "a null MX stands alone";
}

TEST_F(plan, families_take_turns) {
    std::vector<ip_address> const v4{ip("192.0.2.1"), ip("192.0.2.2")}, v6{ip("2001:db8::1")};
    auto order = plan_addresses(v4, v6, options, chance);
    ASSERT_EQ(order.size(), 3u);
    EXPECT_TRUE(order[0].is_v4() && order[1].is_v6() && order[2].is_v4());
    options.prefer_ipv4 = false;
    order = plan_addresses(v4, v6, options, chance);
    EXPECT_TRUE(order[0].is_v6() && order[1].is_v4());
    EXPECT_EQ(plan_addresses(std::vector<ip_address>(500, ip("192.0.2.1")), v6, options, chance).size(), 16u);
}

TEST_F(plan, host_without_address) {  // CO-016, CO-021
    dns_answer const none(dns_outcome::no_data), missing(dns_outcome::no_domain), failed(dns_outcome::failed);
    EXPECT_EQ(verdict_without_address("mx", none, missing).reason, reason::mx_unresolvable);
    EXPECT_EQ(verdict_without_address("mx", none, failed).reason, reason::dns);
    EXPECT_EQ(verdict_without_address("mx", failed, none).reason, reason::dns);
}

namespace {

/// Whom a choice of hosts leads to, as names and preferences.
struct chosen_hosts : plan {
    request asked{test::box("ann@example.org")};

    std::string hosts(dns_answer const* mx) {
        auto const made = plan_hosts(brief(request(asked), options), mx, options, chance);
        std::string all;
        for (auto const& h : made.hosts) {
            all += h.name + ' ' + std::to_string(h.preference) + (h.is_routed ? " routed" : "") + '\n';
        }
        return all;
    }
    bool exchanges_are_wanted() const { return wants_exchanges(brief(request(asked), options)); }
    void choose(host_mode mode, char const* host) { asked.hosts = host_choice(mode, test::host(host)); }
};

}  // namespace

TEST_F(chosen_hosts, are_the_exchanges_of_the_domain) {
    EXPECT_TRUE(exchanges_are_wanted());
    auto const mx = exchanges({{20, "b"}, {10, "a"}});
    EXPECT_EQ(hosts(&mx), "a 10\nb 20\n");
}

TEST_F(chosen_hosts, are_those_of_a_route_in_its_order) {  // CO-174
    asked.route = {route_host(test::host("b"), 24, protocol::lmtp), route_host(test::host("a"))};
    EXPECT_FALSE(exchanges_are_wanted());
    EXPECT_EQ(hosts(nullptr), "b 0 routed\na 0 routed\n");
}

TEST_F(chosen_hosts, are_the_address_itself_where_it_is_a_literal) {
    asked.address = test::box("ann@[192.0.2.7]");
    EXPECT_FALSE(exchanges_are_wanted());
    EXPECT_EQ(hosts(nullptr), "[192.0.2.7] 0\n");
}

TEST_F(chosen_hosts, are_the_exchanges_of_HOST_alone) {  // CP-064
    choose(host_mode::mxonly, "host.example");
    EXPECT_TRUE(exchanges_are_wanted());
    auto const mx = exchanges({{10, "a"}});
    EXPECT_EQ(hosts(&mx), "a 10\n");
    dns_answer const none(dns_outcome::no_data);
    EXPECT_EQ(hosts(&none), "");
}

TEST_F(chosen_hosts, are_HOST_alone) {  // CP-065
    choose(host_mode::hostonly, "host.example");
    EXPECT_FALSE(exchanges_are_wanted());
    EXPECT_EQ(hosts(nullptr), "host.example 0\n");
}

TEST_F(chosen_hosts, are_HOST_and_after_it_its_exchanges) {  // CP-066
    choose(host_mode::hostfirst, "host.example");
    EXPECT_TRUE(exchanges_are_wanted());
    auto const mx = exchanges({{0, "a"}, {10, "host.example"}, {20, "b"}});
    EXPECT_EQ(hosts(&mx), "host.example 0\na 1\nb 21\n");
    dns_answer const failed(dns_outcome::failed);
    EXPECT_EQ(hosts(&failed), "host.example 0\n");
    choose(host_mode::hostfirst, "192.0.2.7");
    EXPECT_FALSE(exchanges_are_wanted());
}

TEST_F(plan, address_in_the_place_of_a_name) {
    EXPECT_EQ(address_of("192.0.2.7"), ip("192.0.2.7"));
    EXPECT_EQ(address_of("[192.0.2.7]"), ip("192.0.2.7"));
    EXPECT_EQ(address_of("[IPv6:2001:db8::1]"), ip("2001:db8::1"));
    EXPECT_EQ(address_of("mx.example.org"), std::nullopt);
    EXPECT_EQ(address_of("[mx]"), std::nullopt);
}
