#include "callout/fence.hpp"

#include <gtest/gtest.h>

using namespace callout;

namespace {

boost::asio::ip::address ip(std::string_view text) {
    return boost::asio::ip::make_address(text);
}

std::string rule_for(std::string_view address, fence_options const& options = {}) {
    return fence(options).check(ip(address)).rule;
}

bool is_allowed(std::string_view address, fence_options const& options = {}) {
    return fence(options).check(ip(address)).allowed;
}

}  // namespace

TEST(fence, special_purposes_are_refused_with_their_name) {  // CO-027, CO-028, CO-029, CO-030, CO-031
    std::pair<char const*, char const*> const cases[] = {
        {"127.0.0.1", "loopback"},
        {"127.255.255.254", "loopback"},
        {"0.0.0.0", "this network"},
        {"10.1.2.3", "private"},
        {"172.16.0.1", "private"},
        {"172.31.255.255", "private"},
        {"192.168.1.1", "private"},
        {"100.64.0.1", "shared"},
        {"169.254.169.254", "link-local"},
        {"192.0.2.1", "documentation"},
        {"198.18.0.1", "benchmark"},
        {"224.0.0.1", "multicast"},
        {"240.0.0.1", "reserved"},
        {"255.255.255.255", "reserved"},
        {"::", "unspecified"},
        {"::1", "loopback"},
        {"fe80::1", "link-local"},
        {"fc00::1", "unique-local"},
        {"fd12:3456::1", "unique-local"},
        {"ff02::1", "multicast"},
        {"2001:db8::1", "documentation"},
        {"::ffff:127.0.0.1", "loopback"},  // mapped
        {"::ffff:10.0.0.1", "private"},
        {"::127.0.0.1", "loopback"},      // compatible
        {"64:ff9b::7f00:1", "loopback"},  // NAT64
        {"64:ff9b::a00:1", "private"},
        {"2002:7f00:1::", "loopback"},  // 6to4
        {"2002:c0a8:101::1", "private"},
    };
    for (auto const& [address, name] : cases) {
        EXPECT_EQ(rule_for(address), std::string("special-purpose: ") + name) << address;
        EXPECT_FALSE(is_allowed(address)) << address;
    }
}

TEST(fence, public_addresses_are_allowed) {
    for (auto const* address :
         {"8.8.8.8", "172.32.0.1", "172.15.255.255", "100.128.0.1", "9.255.255.255", "11.0.0.0",
          "2a00:1450::1", "64:ff9b::808:808", "2002:808:808::1", "::ffff:8.8.8.8"}) {
        EXPECT_TRUE(is_allowed(address)) << address << ": " << rule_for(address);
    }
}

TEST(fence, allow_wins_over_every_deny) {  // CO-033
    fence_options o;
    o.allow.push_back(network::parse("127.0.0.0/8").value());
    o.deny.push_back(network::parse("127.0.0.1").value());
    o.own_addresses.push_back(ip("127.0.0.1"));
    EXPECT_EQ(rule_for("127.0.0.1", o), "allow 127.0.0.0/8");
    EXPECT_FALSE(is_allowed("10.0.0.1", o));
}

TEST(fence, allow_speaks_of_the_address_as_it_stands) {
    fence_options o;
    o.allow.push_back(network::parse("127.0.0.0/8").value());
    EXPECT_FALSE(is_allowed("::ffff:127.0.0.1", o));
}

TEST(fence, own_addresses_are_marked) {  // CO-034
    fence_options o;
    o.own_addresses.push_back(ip("203.0.113.5"));
    o.own_addresses.push_back(ip("8.8.8.8"));
    EXPECT_TRUE(fence(o).check(ip("8.8.8.8")).own);
    EXPECT_TRUE(fence(o).check(ip("::ffff:8.8.8.8")).own);
    EXPECT_FALSE(fence(o).check(ip("8.8.4.4")).own);
    o.deny_own_addresses = false;
    EXPECT_TRUE(fence(o).check(ip("8.8.8.8")).allowed);
}

TEST(fence, operator_can_deny_more_and_open_all) {
    fence_options o;
    o.deny.push_back(network::parse("8.8.8.0/24").value());
    EXPECT_EQ(rule_for("8.8.8.8", o), "deny 8.8.8.0/24");
    o.deny_special_purpose = false;
    EXPECT_TRUE(is_allowed("127.0.0.1", o));
}

TEST(network, parses_and_contains) {
    auto const n = network::parse("192.0.2.128/25").value();
    EXPECT_TRUE(n.contains(ip("192.0.2.128")));
    EXPECT_TRUE(n.contains(ip("192.0.2.255")));
    EXPECT_FALSE(n.contains(ip("192.0.2.127")));
    EXPECT_FALSE(n.contains(ip("2001:db8::1")));
    EXPECT_TRUE(network::parse("0.0.0.0/0")->contains(ip("203.0.113.9")));
    EXPECT_TRUE(network::parse("2001:db8::/33")->contains(ip("2001:db8:7fff::1")));
    EXPECT_FALSE(network::parse("2001:db8::/33")->contains(ip("2001:db8:8000::1")));
    EXPECT_EQ(network::parse("192.0.2.1")->to_string(), "192.0.2.1/32");
}

TEST(network, bad_text_is_refused) {
    for (auto const* bad : {"", "/", "192.0.2.0/", "192.0.2.0/33", "2001:db8::/129", "192.0.2.0/-1",
                            "192.0.2.0/8x", "example.org", "fe80::1%lo/64"}) {
        EXPECT_FALSE(network::parse(bad)) << bad;
    }
}
