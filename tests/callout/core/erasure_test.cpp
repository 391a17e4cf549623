#include "core/erasure.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/brief.hpp"
#include "support/callout_address.hpp"
#include "support/callout_names.hpp"

using namespace callout;
using namespace callout::core;

namespace {

/// The keys of one question, asked at one server.
class keys_of_question {
public:
    explicit keys_of_question(std::string_view address, std::string_view server = "192.0.2.10",
                              std::string_view helo = "mail.example.net")
        : to_(test::ip(server), 25), what_(question(address, helo), options_) {}

    std::string address() const { return what_.keys.address; }
    std::string domain() const { return what_.keys.domain; }
    std::string domain_facts() const { return what_.keys.domain_facts; }
    std::string remote() const { return what_.keys.remote(to_, options_); }
    std::string remote_domain() const { return what_.keys.remote_domain(to_, options_); }
    std::string host_facts() const { return cache_keys::host_facts(to_); }

private:
    static request question(std::string_view address, std::string_view helo) {
        request one(test::box(address));
        one.helo = test::helo(helo);
        return one;
    }

    engine_options options_;
    endpoint to_;
    brief what_;
};

}  // namespace

TEST(erasure, of_an_address_covers_what_answers_for_it) {  // DM-038
    auto const all = erasure::of(test::box("ann@example.org"));
    for (auto const* helo : {"mail.example.net", "other.example.net"}) {
        keys_of_question const ann("ann@example.org", "192.0.2.10", helo);
        for (auto const& key : {ann.address(), ann.domain(), ann.domain_facts(), ann.remote_domain()})
            EXPECT_TRUE(all.covers(key, "mx.example.org")) << key;
        for (auto const& key : {ann.remote(), ann.host_facts()})
            EXPECT_FALSE(all.covers(key, "mx.example.org")) << key;
    }
    keys_of_question const bob("bob@example.org"), joann("joann@example.org"),
        other("ann@example.org.example");
    EXPECT_FALSE(all.covers(bob.address(), ""));
    EXPECT_FALSE(all.covers(joann.address(), ""));
    for (auto const& key : {other.address(), other.domain(), other.domain_facts(), other.remote_domain()})
        EXPECT_FALSE(all.covers(key, "")) << key;
}

TEST(erasure, of_a_server_covers_what_keeps_us_away_from_it) {  // DM-151
    keys_of_question const here("ann@example.org", "192.0.2.10"), there("ann@example.org", "192.0.2.100");
    auto const by_address = erasure::of("", {test::ip("192.0.2.10")});
    auto const by_name = erasure::of("MX.example.org", {});
    for (auto const& key : {here.remote(), here.remote_domain()}) {
        EXPECT_TRUE(by_address.covers(key, "mx.example.org")) << key;
        EXPECT_TRUE(by_name.covers(key, "mx.example.org")) << key;
        EXPECT_FALSE(by_name.covers(key, "mx2.example.org")) << key;
        EXPECT_FALSE(by_name.covers(key, "")) << key;
    }
    EXPECT_TRUE(by_address.covers(here.host_facts(), ""));
    for (auto const& key : {there.remote(), there.remote_domain(), there.host_facts()})
        EXPECT_FALSE(by_address.covers(key, "mx.example.org")) << key;
    for (auto const& key : {here.address(), here.domain(), here.domain_facts()}) {
        EXPECT_FALSE(by_address.covers(key, "mx.example.org")) << key;
        EXPECT_FALSE(by_name.covers(key, "mx.example.org")) << key;
    }
}

TEST(erasure, says_where_to_look) {
    keys_of_question const ann("ann@example.org");
    auto const is_among = [](std::vector<std::string> const& beginnings, std::string const& key) {
        return std::ranges::any_of(beginnings, [&](auto const& begin) { return key.starts_with(begin); });
    };
    auto const of_address = erasure::of(test::box("ann@example.org"));
    for (auto const& key : {ann.address(), ann.domain(), ann.domain_facts(), ann.remote_domain()})
        EXPECT_TRUE(is_among(of_address.beginnings(), key)) << key;
    auto const of_server = erasure::of("", {test::ip("192.0.2.10")});
    for (auto const& key : {ann.remote(), ann.remote_domain(), ann.host_facts()})
        EXPECT_TRUE(is_among(of_server.beginnings(), key)) << key;
    EXPECT_FALSE(is_among(of_server.beginnings(), ann.address()));
}

TEST(erasure, any_bytes_may_be_a_key) {
    auto const of_server = erasure::of("mx.example.org", {test::ip("192.0.2.10")});
    auto const of_address = erasure::of(test::box("ann@example.org"));
    for (auto const* key :
         {"", "v1:b:", "v1:b:192.0.2.10", "v1:b:192.0.2.10|", "v1:h:", "v2:b:192.0.2.10||25"}) {
        EXPECT_FALSE(of_address.covers(key, "")) << key;
        (void)of_server.covers(key, "");
    }
    EXPECT_FALSE(of_server.covers("v2:b:192.0.2.10||25", ""));
}
