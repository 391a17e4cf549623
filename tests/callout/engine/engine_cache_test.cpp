// What the engine remembers, and when it asks again (smtp-callout.md 4, 6).

#include <gtest/gtest.h>

#include <algorithm>

#include "callout/engine.hpp"
#include "support/callout_world.hpp"

using namespace callout;
using test::callout_peer;
using test::callout_world;
using namespace std::chrono_literals;

namespace {

callout_peer unknown_user() {
    return callout_peer().on("RCPT", "550 5.1.1 no such user\r\n");
}

}  // namespace

TEST(engine_cache, old_pass_is_answered_at_once_and_asked_for_again_once) {  // CO-145
    callout_world w;
    w.serve("example.org", callout_peer().drip(4096, 1s));
    w.verify("ann@example.org");
    w.let_pass(25h);
    for (int i = 0; i < 10; ++i) {
        auto const v = w.verify("ann@example.org");
        EXPECT_EQ(v.cached, freshness::cached);
        EXPECT_EQ(v.elapsed, 0ms);
    }
    w.run_to_the_end();
    EXPECT_EQ(w.net.connects.size(), 2u);
    EXPECT_LT(w.verify("ann@example.org").age, 1h);
    w.run_to_the_end();
    EXPECT_EQ(w.net.connects.size(), 2u);
}

TEST(engine_cache, old_fail_is_asked_for_again_after_half_its_life) {  // CO-145
    callout_world w;
    w.options.lifetimes.jitter_percent = 0;
    w.serve("example.org", unknown_user());
    w.verify("ann@example.org");
    w.let_pass(29min);
    w.verify("ann@example.org");
    w.run_to_the_end();
    EXPECT_EQ(w.net.connects.size(), 1u);
    w.let_pass(2min);
    w.net.put("192.0.2.10", callout_peer());
    EXPECT_EQ(w.verify("ann@example.org").status, status::fail);
    w.run_to_the_end();
    EXPECT_EQ(w.verify("ann@example.org").status, status::pass);
}

TEST(engine_cache, refresh_that_brings_nothing_changes_nothing_and_is_not_repeated) {  // CO-146
    callout_world w;
    w.serve("example.org", callout_peer());
    w.verify("ann@example.org");
    w.let_pass(25h);
    w.net.put("192.0.2.10", callout_peer().on("RCPT", "451 4.3.0 later\r\n"));
    for (int i = 0; i < 10; ++i) {
        auto const v = w.verify("ann@example.org");
        EXPECT_EQ(v.status, status::pass);
        EXPECT_GE(v.age, 25h);
        w.run_to_the_end();
    }
    EXPECT_EQ(w.net.connects.size(), 2u);
}

TEST(engine_cache, a_second_fail_ten_minutes_later_replaces_a_pass) {  // CO-147, Z105
    callout_world w;
    w.lasting = &w.store;
    w.serve("example.org", callout_peer());
    w.verify("ann@example.org");
    w.net.put("192.0.2.10", unknown_user());
    auto const now_asked = w.verify("ann@example.org", 30s, cache_use::refresh);
    EXPECT_EQ(now_asked.status, status::fail);  // who wants to know how it is now hears it
    EXPECT_EQ(w.verify("ann@example.org").status, status::pass);
    w.let_pass(5min);
    w.verify("ann@example.org", 30s, cache_use::refresh);
    EXPECT_EQ(w.verify("ann@example.org").status, status::pass);
    w.restart();  // the mark outlives the engine
    w.let_pass(5min);
    w.verify("ann@example.org", 30s, cache_use::refresh);
    EXPECT_EQ(w.verify("ann@example.org").status, status::fail);
}

TEST(engine_cache, domain_that_goes_away_ends_its_passes_too) {  // CO-147
    callout_world w;
    w.serve("example.org", callout_peer());
    w.verify("ann@example.org");
    w.dns.fails("example.org", record_type::mx, dns_outcome::no_domain);
    w.verify("ann@example.org", 30s, cache_use::refresh);
    EXPECT_EQ(w.verify("ann@example.org").status, status::pass);
    w.let_pass(11min);
    w.verify("ann@example.org", 30s, cache_use::refresh);
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::no_domain);
}

TEST(engine_cache, addresses_made_for_one_message_leave_no_trace) {  // CO-149
    callout_world w;
    w.lasting = &w.store;
    w.options.limits = politeness_limits::lifted();
    w.serve("example.org", callout_peer());
    for (int i = 0; i < 20; ++i) {
        auto const tag = std::to_string(i);
        EXPECT_EQ(w.verify("prvs=" + tag + "=ann@example.org").status, status::pass);
        EXPECT_EQ(w.verify("SRS0=" + tag + "=tt=example.net=ann@example.org").status, status::pass);
        EXPECT_EQ(w.verify("list-bounces+" + tag + "=example.net@example.org").status, status::pass);
    }
    EXPECT_TRUE(w.store.records.empty());
    w.verify("ann@example.org");
    EXPECT_EQ(w.store.records.size(), 1u);
}

TEST(engine_cache, case_of_the_local_part_matters_unless_told_otherwise) {  // 6.2 rule 1
    for (bool const fold : {false, true}) {
        callout_world w;
        w.options.fold_local_part_case = fold;
        w.serve("example.org", callout_peer());
        w.verify("Ann@example.org");
        EXPECT_EQ(w.verify("ann@EXAMPLE.org").cached, fold ? freshness::cached : freshness::live);
    }
}

TEST(engine_cache, name_system_is_asked_once_for_many_addresses) {
    callout_world w;
    w.dns.ttl = 60s;
    w.options.limits = politeness_limits::lifted();
    w.serve("example.org", callout_peer());
    for (int i = 0; i < 5; ++i) w.verify("a" + std::to_string(i) + "@example.org");
    EXPECT_EQ(w.dns.asked.size(), 3u);  // MX, A, AAAA
    w.verify("ann@example.org", 30s, cache_use::none);
    EXPECT_EQ(w.dns.asked.size(), 6u);
    w.let_pass(61s);
    w.verify("bob@example.org");
    EXPECT_EQ(w.dns.asked.size(), 9u);
}

TEST(engine_cache, greylisting_host_is_asked_again_when_it_said) {  // Z014, Z015, Z018
    callout_world w;
    w.serve("example.org", callout_peer().on("RCPT", "451 4.7.1 Greylisted, try again in 10 minutes\r\n"));
    auto const begun = w.clock.now();
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::greylisted);
    EXPECT_EQ(w.clock.now(), begun);  // never in-band
    w.let_pass(10min - 1s);
    EXPECT_EQ(w.net.connects.size(), 1u);
    w.net.put("192.0.2.10", callout_peer());
    w.run_to_the_end();
    EXPECT_EQ(w.net.connects.size(), 2u);
    EXPECT_LE(w.clock.now() - begun, 11min);  // 10 % of jitter at most
    auto const later = w.verify("ann@example.org");
    EXPECT_EQ(later.status, status::pass);
    EXPECT_EQ(later.cached, freshness::cached);
    auto const mails = std::ranges::count(w.net.heard, "MAIL FROM:<>\r\nRCPT TO:<ann@example.org>\r\n");
    EXPECT_EQ(mails, 2);  // with the same sender
}

TEST(engine_cache, impatient_greylister_is_given_five_minutes) {  // Z014
    callout_world w;
    w.serve("example.org", callout_peer().on("RCPT", "450 4.2.0 Greylisted\r\n"));
    w.verify("ann@example.org");
    w.let_pass(5min - 1s);
    EXPECT_EQ(w.net.connects.size(), 1u);
    w.let_pass(35s);
    EXPECT_EQ(w.net.connects.size(), 2u);
}

TEST(engine_cache, eternal_greylister_is_asked_three_times_again) {  // Z019
    callout_world w;
    w.serve("example.org", callout_peer().on("RCPT", "450 4.2.0 Greylisted, try again in 300 seconds\r\n"));
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::greylisted);
    w.run_to_the_end();
    EXPECT_EQ(w.net.connects.size(), 4u);
    w.let_pass(10min);
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::greylisted);  // somebody asks
    w.run_to_the_end();
    EXPECT_EQ(w.net.connects.size(), 5u);
    w.let_pass(4h);
    w.verify("ann@example.org");
    w.run_to_the_end();
    EXPECT_EQ(w.net.connects.size(), 9u);
}

TEST(engine_cache, fifty_askers_wait_no_longer_than_one) {  // CO-143
    callout_world w;
    w.serve("example.org", callout_peer().drip(4096, 100ms));
    auto const begun = w.clock.now();
    std::vector<std::optional<verification>> all(50);
    for (auto& v : all) w.ask("ann@example.org", 10s, v);
    w.run_until([&] { return std::ranges::all_of(all, [](auto const& v) { return v.has_value(); }); });
    for (auto const& v : all) EXPECT_EQ(v->status, status::pass);
    EXPECT_EQ(w.clock.now() - begun, 300ms);  // greeting, EHLO, MAIL and RCPT
    EXPECT_EQ(w.net.connects.size(), 1u);
}

TEST(engine_cache, made_up_address_is_kept_where_not_everything_is_taken) {  // CO-149
    callout_world w;
    w.lasting = &w.store;
    w.store.put("v1:f:example.org|<>|25", stored_record("v=1 catch_all=no catch_all_until=4000000000",
                                                        system_time(std::chrono::seconds(4000000000))));
    w.options.limits = politeness_limits::lifted();
    w.serve("example.org", callout_peer());
    for (int i = 0; i < 3; ++i) w.verify("prvs=" + std::to_string(i) + "=ann@example.org");
    EXPECT_EQ(w.store.records.size(), 4u);
}

namespace {

verification verify_with(callout_world& w, std::string_view address, extra_tests tests) {
    request what(mailbox::parse(address).value());
    what.tests = tests;
    return w.verify(std::move(what));
}

std::size_t times_heard(callout_world const& w, std::string_view what) {
    std::size_t count = 0;
    for (auto const& bytes : w.net.heard) count += bytes.find(what) != std::string::npos;
    return count;
}

}  // namespace

TEST(engine_cache, postmaster_is_asked_for_once_for_each_domain) {  // CO-125
    for (bool const exists : {true, false}) {
        callout_world w;
        w.lasting = &w.store;
        w.options.limits = politeness_limits::lifted();
        w.options.reuse_sessions = false;
        w.serve("example.org", callout_peer().on("RCPT TO:<postmaster",
                                                 exists ? "250 ok\r\n" : "550 5.1.1 no such user\r\n"));
        for (auto const* address : {"ann@example.org", "bob@example.org", "bob@example.org"}) {
            auto const v = verify_with(w, address, {.postmaster = true});
            EXPECT_EQ(v.status, exists ? status::pass : status::fail);
            if (!exists) {
                EXPECT_EQ(v.reason, reason::no_postmaster);
            }
        }
        EXPECT_EQ(times_heard(w, "RCPT TO:<postmaster@"), 1u);
        EXPECT_EQ(w.verify("ann@example.org").status, status::pass);  // who did not ask is not refused for it
        w.restart();
        verify_with(w, "carl@example.org", {.postmaster = true});
        EXPECT_EQ(times_heard(w, "RCPT TO:<postmaster@"), 1u);
    }
}

TEST(engine_cache, catch_all_is_asked_for_once_for_each_domain) {  // CO-119
    callout_world w;
    w.options.limits = politeness_limits::lifted();
    w.options.reuse_sessions = false;
    w.serve("example.org", callout_peer());
    for (auto const* address : {"ann@example.org", "bob@example.org", "bob@example.org"}) {
        auto const v = verify_with(w, address, {.random = true});
        EXPECT_EQ(v.catch_all, known::yes);
        EXPECT_EQ(v.strength, strength::weak);
    }
    EXPECT_EQ(times_heard(w, "RCPT TO:<"), 3u);  // the random one and ann, then bob alone
    EXPECT_LE(w.net.connects.size(), 2u);
}

TEST(engine_cache, domain_that_takes_no_bounces_is_not_asked_to_again) {  // CO-064
    callout_world w;
    w.options.limits = politeness_limits::lifted();
    w.options.reuse_sessions = false;
    w.options.fallback_sender = test::box("verify@example.net");
    w.serve("example.org", callout_peer().on("MAIL FROM:<>", "550 no bounces\r\n"));
    for (auto const* address : {"ann@example.org", "bob@example.org"}) {
        auto const v = w.verify(address);
        EXPECT_EQ(v.status, status::pass);
        EXPECT_TRUE(v.rejects_null);
    }
    EXPECT_EQ(times_heard(w, "MAIL FROM:<>"), 1u);
}

TEST(engine_cache, greylister_that_has_given_a_verdict_is_not_asked_again) {  // Z014
    for (auto const* reply : {"250 2.1.5 ok\r\n", "550 5.1.1 no such user\r\n"}) {
        callout_world w;
        w.serve("example.org",
                callout_peer().on("RCPT", "451 4.7.1 Greylisted, try again in 10 minutes\r\n"));
        EXPECT_EQ(w.verify("ann@example.org").reason, reason::greylisted);
        w.net.put("192.0.2.10", callout_peer().on("RCPT", reply));
        EXPECT_NE(w.verify("ann@example.org", 30s, cache_use::refresh).reason, reason::greylisted);
        EXPECT_EQ(w.engine().numbers().retries, 0u) << reply;
        w.let_pass(4h);
        EXPECT_EQ(w.net.connects.size(), 2u) << reply;
    }
}

/// Whoever shortens the life of a record in the file need not know how its text is written.
TEST(engine_cache, record_ends_when_the_store_says_so) {
    callout_world w;
    w.lasting = &w.store;
    w.serve("example.org", callout_peer());
    w.verify("ann@example.org");
    for (auto& [key, record] : w.store.records) record.expires = w.clock.wall() + 10min;
    w.restart();
    EXPECT_EQ(w.verify("ann@example.org").cached, freshness::cached);
    w.let_pass(10min);
    EXPECT_EQ(w.verify("ann@example.org").cached, freshness::live);
}

TEST(engine_cache, missing_domain_is_confirmed_by_a_second_look) {  // CO-230
    callout_world w;
    w.options.lifetimes.jitter_percent = 0;
    w.serve("example.org", callout_peer());
    w.verify("ann@example.org");
    auto const first = w.verify("ann@nowhere.example");
    EXPECT_EQ(first.reason, reason::no_domain);
    EXPECT_TRUE(first.unconfirmed);
    auto const asked = w.dns.asked.size();
    w.let_pass(59s);
    auto const soon = w.verify("bob@nowhere.example");
    EXPECT_TRUE(soon.unconfirmed);
    EXPECT_EQ(soon.cached, freshness::cached);
    EXPECT_EQ(w.dns.asked.size(), asked);
    w.let_pass(1s);
    auto const second = w.verify("ann@nowhere.example");
    EXPECT_EQ(second.cached, freshness::live);
    EXPECT_FALSE(second.unconfirmed);
    EXPECT_GT(w.dns.asked.size(), asked) << "the memory of DNS is not asked";
    w.let_pass(1h);
    auto const later = w.verify("ann@nowhere.example");
    EXPECT_EQ(later.cached, freshness::cached);
    EXPECT_FALSE(later.unconfirmed);
}

TEST(engine_cache, name_system_that_was_out_of_order_has_refused_nobody_for_good) {  // CO-230
    callout_world w;
    w.serve("example.org", callout_peer());
    w.dns.fails("example.org", record_type::mx, dns_outcome::no_domain);
    EXPECT_TRUE(w.verify("ann@example.org").unconfirmed);
    w.let_pass(2min);
    w.serve("example.org", callout_peer());
    EXPECT_EQ(w.verify("ann@example.org").status, status::pass);
}

TEST(engine_cache, first_look_is_a_first_look_after_a_restart_too) {  // CO-230
    callout_world w;
    w.lasting = &w.store;
    EXPECT_TRUE(w.verify("ann@nowhere.example").unconfirmed);
    w.restart();
    auto const again = w.verify("ann@nowhere.example");
    EXPECT_EQ(again.cached, freshness::cached);
    EXPECT_TRUE(again.unconfirmed);
}

TEST(engine_cache, question_that_leaves_no_trace_is_no_look) {  // CO-152, CO-230
    callout_world w;
    EXPECT_TRUE(w.verify("ann@nowhere.example", 30s, cache_use::none).unconfirmed);
    w.let_pass(2min);
    EXPECT_TRUE(w.verify("ann@nowhere.example", 30s, cache_use::none).unconfirmed);
    EXPECT_TRUE(w.verify("ann@nowhere.example").unconfirmed);
}

TEST(engine_cache, null_mx_stands_for_itself) {  // CO-230
    callout_world w;
    w.dns.mx("example.org", 0, "");
    EXPECT_FALSE(w.verify("ann@example.org").unconfirmed);
}

TEST(engine_cache, exchanges_that_nobody_can_call_stand_for_themselves) {  // CO-230
    callout_world w;
    w.dns.mx("example.org", 10, "192.0.2.7");
    auto const unusable = w.verify("ann@example.org");
    EXPECT_EQ(unusable.reason, reason::mx_unresolvable);
    EXPECT_FALSE(unusable.unconfirmed);
    w.dns.mx("example.net", 10, "mx.example.net");
    EXPECT_TRUE(w.verify("ann@example.net").unconfirmed) << "that its exchange has no address has no witness";
}

TEST(engine_cache, name_system_that_has_forgotten_all_names_confirms_nothing) {  // CO-231
    callout_world w;
    w.serve("example.org", callout_peer());
    EXPECT_EQ(w.verify("ann@example.org").status, status::pass);
    EXPECT_TRUE(w.verify("ann@nowhere.example").unconfirmed);
    w.dns.fails("example.org", record_type::mx, dns_outcome::no_domain);
    w.let_pass(2min);
    EXPECT_TRUE(w.verify("ann@nowhere.example").unconfirmed);
    w.let_pass(2min);
    w.dns.mx("example.org", 10, "mx1.example.org");
    EXPECT_FALSE(w.verify("ann@nowhere.example").unconfirmed) << "it is in order again";
}

TEST(engine_cache, name_system_that_has_known_no_name_yet_confirms_nothing) {  // CO-231
    callout_world w;
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(w.verify("ann@nowhere.example").unconfirmed);
        w.let_pass(2min);
    }
}
