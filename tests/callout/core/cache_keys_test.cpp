#include "core/cache_keys.hpp"

#include <gtest/gtest.h>

#include <set>

#include "core/brief.hpp"
#include "support/callout_address.hpp"
#include "support/callout_names.hpp"

using namespace callout;
using namespace callout::core;

namespace {

cache_keys keys_of(request asked, engine_options const& options) {
    return brief(std::move(asked), options).keys;
}

}  // namespace

TEST(cache_keys, key_holds_all_that_changes_the_answer) {  // CO-066
    engine_options options;
    auto const key = [&](std::string_view address) {
        return keys_of(request(test::box(address)), options).address;
    };
    auto const plain = key("Ann@Example.org");
    EXPECT_EQ(plain, key("Ann@EXAMPLE.ORG"));
    EXPECT_NE(plain, key("ann@example.org"));
    options.port = 26;
    EXPECT_NE(plain, key("Ann@example.org"));
    options.port = 25;
    options.fallback_sender = test::box("verify@example.net");
    EXPECT_NE(plain, key("Ann@example.org"));
}

TEST(cache_keys, key_holds_the_sender_and_the_route_of_a_request) {  // CO-066, CO-174
    engine_options options;
    request const plain(test::box("ann@example.org"));
    auto const usual = keys_of(plain, options).address;
    auto from = plain;
    from.senders = {test::box("asks@example.net")};
    EXPECT_NE(usual, keys_of(from, options).address);
    from.senders = {std::nullopt};
    EXPECT_EQ(usual, keys_of(from, options).address);
    auto by_route = plain;
    by_route.route = {route_host(test::host("store.example.net"), 24, protocol::lmtp)};
    EXPECT_NE(usual, keys_of(by_route, options).address);
    options.routes["example.org"] = by_route.route;
    EXPECT_EQ(keys_of(by_route, options).address, keys_of(plain, options).address);
}

TEST(cache_keys, keys_hold_the_choice_of_hosts) {  // CP-068
    engine_options options;
    request const plain(test::box("ann@example.org"));
    std::set<std::string> addresses{keys_of(plain, options).address};
    std::set<std::string> domains{keys_of(plain, options).domain};
    std::set<std::string> facts{keys_of(plain, options).domain_facts};
    for (auto const mode : {host_mode::mxonly, host_mode::hostonly, host_mode::hostfirst}) {
        for (auto const* host : {"mx.example.net", "MX.example.net", "mx.example.com"}) {
            auto by_host = plain;
            by_host.hosts = host_choice(mode, test::host(host));
            auto const keys = keys_of(by_host, options);
            addresses.insert(keys.address);
            domains.insert(keys.domain);
            facts.insert(keys.domain_facts);
        }
    }
    EXPECT_EQ(addresses.size(), 7u);
    EXPECT_EQ(domains.size(), 7u);
    EXPECT_EQ(facts.size(), 7u);
}

TEST(cache_keys, key_of_a_remote_address_holds_the_address_that_it_refuses) {
    engine_options options;
    endpoint const to(test::ip("192.0.2.10"), 25);
    auto const keys = keys_of(request(test::box("ann@example.org")), options);
    auto const plain = keys.remote(to, options);
    options.source_ipv4 = test::ip("198.51.100.7");
    EXPECT_NE(plain, keys.remote(to, options));
    EXPECT_NE(plain, keys.remote(endpoint(test::ip("192.0.2.11"), 25), options));
    options.source_ipv4.reset();
    EXPECT_NE(plain, keys.remote(endpoint(to.address(), 24), options));
    EXPECT_EQ(plain, keys.remote(to, options));
}

TEST(cache_keys, key_of_a_remote_address_holds_whom_it_refuses) {
    engine_options options;
    endpoint const to(test::ip("192.0.2.10"), 25);
    request const plain(test::box("ann@example.org"));
    auto const key = [&](request const& what) { return keys_of(what, options).remote(to, options); };
    auto name = plain, sender = plain, tls = plain, same = plain;
    name.helo = test::helo("other.example");
    sender.senders.emplace_back(test::box("bob@example.net"));
    tls.tls = tls_use::require;
    EXPECT_EQ((std::set<std::string>{key(plain), key(name), key(sender), key(tls)}).size(), 4u);
    same.helo = options.helo;
    same.senders.emplace_back();
    same.tls = options.tls;
    EXPECT_EQ(key(same), key(plain));
}

TEST(cache_keys, key_of_a_remote_address_and_a_domain_is_none_of_the_address_alone) {  // CO-200
    engine_options options;
    endpoint const to(test::ip("192.0.2.10"), 25);
    std::set<std::string> all;
    for (auto const* address : {"ann@example.org", "ann@example.net"}) {
        for (auto const* name : {"", "example.org", "example.net"}) {
            request what(test::box(address));
            if (*name != 0) what.helo = test::helo(name);
            auto const keys = keys_of(what, options);
            all.insert(keys.remote(to, options));
            all.insert(keys.remote_domain(to, options));
            EXPECT_EQ(kind_of(keys.remote_domain(to, options)), key_kind::remote);
        }
    }
    EXPECT_EQ(all.size(), 9u) << "three names, and each of them for two domains";
    auto const one = keys_of(request(test::box("ann@example.org")), options).remote_domain(to, options);
    EXPECT_EQ(one, keys_of(request(test::box("bob@example.org")), options).remote_domain(to, options));
}

TEST(cache_keys, tell_what_they_are_about) {
    engine_options const options;
    endpoint const to(test::ip("192.0.2.10"), 25);
    auto const keys = keys_of(request(test::box("ann@example.org")), options);
    EXPECT_EQ(kind_of(keys.address), key_kind::address);
    EXPECT_EQ(kind_of(keys.domain), key_kind::domain);
    EXPECT_EQ(kind_of(keys.remote(to, options)), key_kind::remote);
    EXPECT_EQ(kind_of(keys.domain_facts), key_kind::facts);
    EXPECT_EQ(kind_of(cache_keys::host_facts(to)), key_kind::facts);
    EXPECT_EQ(kind_of("v2:a:ann@example.org"), key_kind::other);
    EXPECT_EQ(kind_of(""), key_kind::other);
}

TEST(cache_keys, what_a_host_cannot_do_is_kept_for_its_address_and_port) {  // 6.1
    auto const plain = cache_keys::host_facts(endpoint(test::ip("192.0.2.10"), 25));
    EXPECT_NE(plain, cache_keys::host_facts(endpoint(test::ip("192.0.2.11"), 25)));
    EXPECT_NE(plain, cache_keys::host_facts(endpoint(test::ip("192.0.2.10"), 24)));
}
