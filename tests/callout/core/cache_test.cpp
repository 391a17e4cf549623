#include "callout/core/cache.hpp"

#include <gtest/gtest.h>

#include "support/callout_world.hpp"

using namespace callout;
using namespace callout::core;
using namespace std::chrono_literals;

namespace {

system_time const now{480000h};

kept_verification kept(std::chrono::seconds life = 1h) {
    return kept_verification(verification(status::pass, reason::accepted), now, now + life);
}

verification verdict(status s, reason r, scope whose, strength weight = strength::strong) {
    verification v(s, r);
    v.scope = whose;
    v.strength = weight;
    return v;
}

}  // namespace

TEST(cache, gives_back_until_the_end_of_life) {  // CO-139
    cache c(10);
    c.put("a", kept(60s));
    EXPECT_TRUE(c.find("a", now + 59s));
    EXPECT_FALSE(c.find("a", now + 60s));
    EXPECT_EQ(c.size(), 0u);
    EXPECT_FALSE(c.find("b", now));
}

TEST(cache, is_bounded_and_the_least_used_goes_first) {  // CO-148
    cache c(3);
    for (auto const* key : {"a", "b", "c"}) c.put(key, kept());
    EXPECT_TRUE(c.find("a", now));
    c.put("d", kept());
    EXPECT_EQ(c.size(), 3u);
    EXPECT_TRUE(c.find("a", now));
    EXPECT_FALSE(c.find("b", now));
    for (int i = 0; i < 1000; ++i) c.put(std::to_string(i), kept());
    EXPECT_EQ(c.size(), 3u);
}

TEST(cache, newer_takes_the_place_of_older) {
    cache c(10);
    c.put("a", kept(1s));
    c.put("a", kept(1h));
    EXPECT_EQ(c.size(), 1u);
    EXPECT_TRUE(c.find("a", now + 59min));
}

TEST(cache, none_at_all_is_possible) {
    cache c(0);
    c.put("a", kept());
    EXPECT_EQ(c.size(), 0u);
}

TEST(cache, what_a_verdict_is_known_of) {  // CO-142
    EXPECT_EQ(subject_of(verdict(status::pass, reason::accepted, scope::address)), subject::address);
    EXPECT_EQ(subject_of(verdict(status::fail, reason::null_mx, scope::domain)), subject::domain);
    EXPECT_EQ(subject_of(verdict(status::transient, reason::busy, scope::host)), subject::address);
    for (auto const why :
         {reason::blocked, reason::policy, reason::helo, reason::sender_refused, reason::mutual_callout}) {
        EXPECT_EQ(subject_of(verdict(status::error, why, scope::self)), subject::remote);
    }
    for (auto const why : {reason::local, reason::self, reason::forbidden_target, reason::protocol}) {
        EXPECT_EQ(subject_of(verdict(status::error, why, scope::self)), subject::nothing);
    }
    EXPECT_EQ(subject_of(verdict(status::transient, reason::temporary, scope::self)), subject::nothing);
}

TEST(cache, life_by_verdict) {  // CO-141
    cache_lifetimes const l;
    EXPECT_EQ(lifetime_of(verdict(status::pass, reason::accepted, scope::address), l), 24h * 7);
    EXPECT_EQ(lifetime_of(verdict(status::pass, reason::unverified, scope::address, strength::weak), l), 24h);
    EXPECT_EQ(lifetime_of(verdict(status::fail, reason::no_mailbox, scope::address), l), 1h);
    EXPECT_EQ(lifetime_of(verdict(status::fail, reason::no_domain, scope::domain), l), 3h);
    EXPECT_EQ(lifetime_of(verdict(status::fail, reason::relay_denied, scope::domain), l), 3h);
    EXPECT_EQ(lifetime_of(verdict(status::error, reason::blocked, scope::self), l), 30min);
    EXPECT_EQ(lifetime_of(verdict(status::transient, reason::temporary, scope::address), l), 5min);
    EXPECT_EQ(lifetime_of(verdict(status::transient, reason::timeout, scope::host), l), 0s);
    EXPECT_EQ(lifetime_of(verdict(status::transient, reason::in_progress, scope::self), l), 0s);
    EXPECT_EQ(lifetime_of(verdict(status::transient, reason::dns, scope::domain), l), 0s);
    auto grey = verdict(status::transient, reason::greylisted, scope::address);
    grey.retry_after = 60s;
    EXPECT_EQ(lifetime_of(grey, l), 60s);
    grey.retry_after = 3600s;
    EXPECT_EQ(lifetime_of(grey, l), 5min);
}

TEST(cache, jitter_spreads_lives_over_twice_its_percentage) {  // CO-153
    test::callout_random chance;
    auto least = 10000s, most = 0s;
    for (int i = 0; i < 10000; ++i) {
        auto const life = jittered(1000s, 10, chance);
        least = std::min(least, life);
        most = std::max(most, life);
    }
    EXPECT_EQ(least, 900s);
    EXPECT_EQ(most, 1100s);
    EXPECT_EQ(jittered(1000s, 0, chance), 1000s);
    EXPECT_EQ(jittered(0s, 10, chance), 0s);
}

TEST(cache, key_holds_all_that_changes_the_answer) {  // CO-066
    engine_options options;
    auto const key = [&](std::string_view address) {
        return cache_keys(mailbox::parse(address).value(), options).address;
    };
    auto const plain = key("Ann@Example.org");
    EXPECT_EQ(plain, key("Ann@EXAMPLE.ORG"));
    EXPECT_NE(plain, key("ann@example.org"));
    options.port = 26;
    EXPECT_NE(plain, key("Ann@example.org"));
    options.port = 25;
    options.fallback_sender = "verify@example.net";
    EXPECT_NE(plain, key("Ann@example.org"));
}

TEST(cache, key_of_a_remote_address_holds_the_address_that_it_refuses) {
    engine_options options;
    auto const to = test::ip("192.0.2.10");
    auto const plain = cache_keys::remote(to, options);
    options.source_ipv4 = test::ip("198.51.100.7");
    EXPECT_NE(plain, cache_keys::remote(to, options));
    EXPECT_NE(plain, cache_keys::remote(test::ip("192.0.2.11"), options));
}
