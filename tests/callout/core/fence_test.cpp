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
constexpr char const* nowhere = "not global unicast";  ///< of IPv6, outside of 2000::/3

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
    {"::1", "::1", "loopback", "unspecified", nowhere},
    {"64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "local translation", nowhere, nowhere},
    {"100::", "100::ffff:ffff:ffff:ffff", "discard", nowhere, "dummy"},
    {"100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff", "dummy", "discard", nowhere},
    {"100:0:0:2::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nowhere, "dummy", anywhere},
    {"2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "protocol assignments"},
    {"2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "documentation"},
    {"3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "documentation"},
    {"4000::", "5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nowhere, anywhere, "segment routing"},
    {"5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "segment routing", nowhere, nowhere},
    {"fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "unique-local", nowhere, nowhere},
    {"fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "link-local", nowhere, "site-local"},
    {"fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "site-local", "link-local", "multicast"},
    {"ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast", "site-local", nullptr},
});

/// A form of IPv6 that carries an IPv4 address from byte `at` on, and what its neighbours are. Its first
/// address is 0.0.0.0 and its last is 255.255.255.255.
struct form {
    std::string_view first, last;
    std::size_t at;
    char const* around = nowhere;
};

constexpr auto forms = std::to_array<form>({
    {"::ffff:0.0.0.0", "::ffff:255.255.255.255", 12},                    // mapped
    {"64:ff9b::0.0.0.0", "64:ff9b::255.255.255.255", 12},                // NAT64
    {"2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 2, anywhere},  // 6to4
    {"2a00::5efe:0.0.0.0", "2a00::5efe:255.255.255.255", 12, anywhere},  // ISATAP
    {"2a00::200:5efe:0.0.0.0", "2a00::200:5efe:255.255.255.255", 12, anywhere},
});

/// Forms that carry one and lead nowhere on the Internet.
constexpr auto private_forms = std::to_array<form>({
    {"::0.0.0.2", "::255.255.255.255", 12},                // compatible
    {"::ffff:0:0.0.0.0", "::ffff:0:255.255.255.255", 12},  // translated, RFC 7915
    {"64:ff9b:0:0:0:1::", "64:ff9b:0:0:0:1:ffff:ffff", 12},
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
        expect_rule(ip(how.first), "this network");
        expect_rule(ip(how.last), "reserved");
        expect_rule(moved(ip(how.first), -1), how.around);
        expect_rule(moved(ip(how.last), 1), how.around);
    }
}

TEST(fence, form_of_ipv4_that_leads_nowhere_is_refused_whatever_it_carries) {  // CO-031, RS-045
    for (auto const& how : private_forms) {
        for (auto const* address : {"8.8.8.8", "127.0.0.1", "10.0.0.1"})
            expect_rule(carried(how, ip(address), how.first), nowhere);
        expect_rule(ip(how.first), nowhere);
        expect_rule(ip(how.last), nowhere);
    }
}

TEST(fence, ipv4_carried_in_ipv6_is_judged_as_ipv4) {  // CO-031, RS-045
    for (auto const& how : forms) {
        for (auto const& one : ranges_of_ipv4) {
            for (auto const rest : {how.first, how.last}) {
                expect_rule(carried(how, ip(one.first), rest), one.name);
                expect_rule(carried(how, ip(one.last), rest), one.name);
                if (one.before) expect_rule(carried(how, moved(ip(one.first), -1), rest), one.before);
                if (one.after) expect_rule(carried(how, moved(ip(one.last), 1), rest), one.after);
            }
        }
    }
}

TEST(fence, each_address_that_two_tunnels_carry_is_judged) {  // CO-031, RS-045
    expect_rule(ip("2002:808:808::5efe:8.8.4.4"), anywhere);
    expect_rule(ip("2002:808:808::5efe:10.0.0.1"), "private");
    expect_rule(ip("2002:a00:1::5efe:8.8.4.4"), "private");
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

TEST(fence, allow_holds_for_an_address_however_it_is_written) {  // CO-033, CO-204
    for (auto const* allowed : {"127.0.0.0/8", "::ffff:127.0.0.0/104"}) {
        fence_options o;
        o.allow.push_back(network::parse(allowed).value());
        EXPECT_EQ(rule_for("127.0.0.1", o), "allow 127.0.0.0/8");
        EXPECT_EQ(rule_for("::ffff:127.0.0.1", o), "allow 127.0.0.0/8");
        EXPECT_FALSE(is_allowed("::127.0.0.1", o));
    }
    fence_options o;
    o.allow.push_back(network::parse("64:ff9b::/96").value());
    EXPECT_TRUE(is_allowed("64:ff9b::10.0.0.1", o)) << "an allowance of the translator's prefix";
}

TEST(fence, address_that_the_machine_has_now_is_its_own) {  // CO-034, RS-049
    fence_options o;
    EXPECT_TRUE(fence(o).check(ip("8.8.8.8"), whose_address::ours).own);
    o.allow.push_back(network::parse("8.8.8.8").value());
    EXPECT_TRUE(fence(o).check(ip("8.8.8.8"), whose_address::ours).allowed);
    o = fence_options();
    o.deny_own_addresses = false;
    EXPECT_TRUE(fence(o).check(ip("8.8.8.8"), whose_address::ours).allowed);
}

TEST(fence, machine_is_asked_for_its_addresses_only_where_that_matters) {  // CO-033, CO-034
    fence_options o;
    o.allow.push_back(network::parse("192.0.2.0/24").value());
    EXPECT_FALSE(fence(o).asks_whose(ip("192.0.2.1")));
    EXPECT_FALSE(fence(o).asks_whose(ip("::ffff:192.0.2.1")));
    EXPECT_TRUE(fence(o).asks_whose(ip("8.8.8.8")));
    o.deny_own_addresses = false;
    EXPECT_FALSE(fence(o).asks_whose(ip("8.8.8.8")));
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
