#include "callout/fence.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "support/callout_address.hpp"

using namespace callout;

namespace {

using test::ip;

std::string rule_for(std::string_view address, fence_options const& options = {}) {
    return fence(options).check(ip(address)).rule;
}

bool is_allowed(std::string_view address, fence_options const& options = {}) {
    return fence(options).check(ip(address)).allowed;
}

constexpr char const* anywhere = "public";

/// A range of addresses and what the fence calls it. What comes right before and right after it is public,
/// unless a neighbour is named; null means that there is no such address.
struct range {
    std::string_view first, last, name;
    char const* before = anywhere;
    char const* after = anywhere;
};

constexpr auto ranges_of_ipv4 = std::to_array<range>({
    {"0.0.0.0", "0.255.255.255", "this network", nullptr},
    {"10.0.0.0", "10.255.255.255", "private"},
    {"100.64.0.0", "100.127.255.255", "shared"},
    {"127.0.0.0", "127.255.255.255", "loopback"},
    {"169.254.0.0", "169.254.255.255", "link-local"},
    {"172.16.0.0", "172.31.255.255", "private"},
    {"192.0.0.0", "192.0.0.255", "protocol assignments"},
    {"192.0.2.0", "192.0.2.255", "documentation"},
    {"192.88.99.0", "192.88.99.255", "6to4 relay"},
    {"192.168.0.0", "192.168.255.255", "private"},
    {"198.18.0.0", "198.19.255.255", "benchmark"},
    {"198.51.100.0", "198.51.100.255", "documentation"},
    {"203.0.113.0", "203.0.113.255", "documentation"},
    {"224.0.0.0", "239.255.255.255", "multicast", anywhere, "reserved"},
    {"240.0.0.0", "255.255.255.255", "reserved", "multicast", nullptr},
});

constexpr auto ranges_of_ipv6 = std::to_array<range>({
    {"::", "::", "unspecified", nullptr, "loopback"},
    {"::1", "::1", "loopback", "unspecified", "this network"},  // ::2 is the compatible form of 0.0.0.2
    {"64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "local translation"},
    {"100::", "100::ffff:ffff:ffff:ffff", "discard", anywhere, "dummy"},
    {"100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff", "dummy", "discard"},
    {"2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "protocol assignments"},
    {"2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "documentation"},
    {"3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "documentation"},
    {"5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "segment routing"},
    {"fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "unique-local"},
    {"fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "link-local", anywhere, "site-local"},
    {"fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "site-local", "link-local", "multicast"},
    {"ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast", "site-local", nullptr},
});

/// A form of IPv6 that carries an IPv4 address from byte `at` on. Its first address is 0.0.0.0, which has
/// this name, and its last is 255.255.255.255.
struct form {
    std::string_view first, last;
    std::size_t at;
    std::string_view name_of_first = "this network";
    char const* before = anywhere;
};

constexpr auto forms = std::to_array<form>({
    {"::ffff:0.0.0.0", "::ffff:255.255.255.255", 12},          // mapped
    {"::", "::255.255.255.255", 12, "unspecified", nullptr},   // compatible
    {"64:ff9b::0.0.0.0", "64:ff9b::255.255.255.255", 12},      // NAT64
    {"2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 2},  // 6to4
});

/// Returns the next address, or with -1 the one before.
template <class Address>
Address moved(Address const& from, int by) {
    auto bytes = from.to_bytes();
    for (auto at = bytes.rbegin(); at != bytes.rend(); ++at) {
        auto const before = *at;
        *at = static_cast<unsigned char>(before + by);
        bool const carries = by > 0 ? *at == 0 : before == 0;
        if (!carries) break;
    }
    return Address(bytes);
}

boost::asio::ip::address moved(boost::asio::ip::address const& from, int by) {
    if (from.is_v4()) return moved(from.to_v4(), by);
    return moved(from.to_v6(), by);
}

/// Returns an IPv4 address as `how` carries it; all other bytes are those of `rest`.
boost::asio::ip::address carried(form const& how, boost::asio::ip::address const& address,
                                 std::string_view rest) {
    auto bytes = ip(rest).to_v6().to_bytes();
    auto const inner = address.to_v4().to_bytes();
    std::ranges::copy(inner, bytes.begin() + static_cast<std::ptrdiff_t>(how.at));
    return boost::asio::ip::address_v6(bytes);
}

void expect_rule(boost::asio::ip::address const& address, std::string_view name) {
    auto const verdict = fence(fence_options()).check(address);
    bool const is_public = name == anywhere;
    EXPECT_EQ(verdict.rule, is_public ? anywhere : "special-purpose: " + std::string(name)) << address;
    EXPECT_EQ(verdict.allowed, is_public) << address;
}

void expect_bounds(range const& one) {
    expect_rule(ip(one.first), one.name);
    expect_rule(ip(one.last), one.name);
    if (one.before) expect_rule(moved(ip(one.first), -1), one.before);
    if (one.after) expect_rule(moved(ip(one.last), 1), one.after);
}

}  // namespace

// CO-027, CO-028, CO-029, CO-030, RS-045
TEST(fence, first_and_last_of_each_special_purpose_and_their_neighbours) {
    for (auto const& one : ranges_of_ipv4) expect_bounds(one);
    for (auto const& one : ranges_of_ipv6) expect_bounds(one);
}

TEST(fence, first_and_last_of_each_form_that_carries_ipv4_and_their_neighbours) {  // CO-031, RS-045
    for (auto const& how : forms) {
        expect_rule(ip(how.first), how.name_of_first);
        expect_rule(ip(how.last), "reserved");
        if (how.before) expect_rule(moved(ip(how.first), -1), how.before);
        expect_rule(moved(ip(how.last), 1), anywhere);
    }
}

TEST(fence, ipv4_carried_in_ipv6_is_judged_as_ipv4) {  // CO-031, RS-045
    for (auto const& how : forms) {
        for (auto const& one : ranges_of_ipv4) {
            for (auto const rest : {how.first, how.last}) {
                auto const first = carried(how, ip(one.first), rest);
                if (!first.is_unspecified()) expect_rule(first, one.name);  // which has a name of its own
                expect_rule(carried(how, ip(one.last), rest), one.name);
                if (one.before) expect_rule(carried(how, moved(ip(one.first), -1), rest), one.before);
                if (one.after) expect_rule(carried(how, moved(ip(one.last), 1), rest), one.after);
            }
        }
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
    for (auto const* address : {"8.8.8.8", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"})
        EXPECT_EQ(rule_for(address, o), "deny 8.8.8.0/24") << address;
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
