// Time: soft and hard phases, the background, and what a deadline covers (smtp-callout.md 5).

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "callout/engine.hpp"
#include "callout/verdict_word.hpp"
#include "support/callout_world.hpp"

using namespace callout;
using test::callout_peer;
using test::callout_world;
using namespace std::chrono_literals;

namespace {

boost::asio::awaitable<void> ask(engine& asked, std::string address, steady_time until,
                                 std::optional<verification>& into) {
    into = co_await asked.verify(request(mailbox::parse(address).value()), until);
}

/// Two verdicts in one callback of a milter: one after the other, by the same moment.
boost::asio::awaitable<void> ask_two(engine& asked, steady_time until, std::vector<verification>& into) {
    for (auto const* address : {"ann@one.example", "bob@two.example"}) {
        request what(mailbox::parse(address).value());
        auto v = co_await asked.verify(std::move(what), until);
        into.push_back(std::move(v));
    }
}

verification ask_hard(callout_world& w, std::string_view address) {
    request what(mailbox::parse(address).value());
    what.mode = mode::hard;
    return w.verify(std::move(what), 11min);
}

dns_answer addresses(std::initializer_list<std::string_view> all) {
    dns_answer answer(dns_outcome::ok);
    for (auto const one : all) answer.addresses.push_back(boost::asio::ip::make_address(one));
    return answer;
}

struct family {
    std::chrono::milliseconds time;
    dns_answer answer;
};

/// Serves example.org by a host for which each family has an answer and a time of its own.
void serve_far(callout_world& w, family ipv4, family ipv6) {
    w.dns.mx("example.org", 10, "mx.far.example");
    w.dns.otherwise([ipv4, ipv6](std::string const&, record_type type) {
        auto found = type == record_type::a ? ipv4 : ipv6;
        found.answer.ttl = 1h;
        return callout::testing::timed_answer(found.answer, found.time);
    });
    w.net.put("192.0.2.1", callout_peer());
}

}  // namespace

TEST(engine_time, soft_timer_answers_and_the_hard_run_fills_the_cache) {  // CO-134, Z056
    callout_world w;
    w.options.soft.greeting = 9s;
    w.serve("example.org", callout_peer().drip(4096, 8s));  // too slow for the soft phase, after its greeting
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.status, status::transient);
    EXPECT_EQ(v.reason, reason::in_progress);
    EXPECT_EQ(v.elapsed, 8s + w.options.soft.helo);
    EXPECT_EQ(v.message.substr(0, 9), "450 4.4.2");
    w.run_to_the_end();
    auto const later = w.verify("ann@example.org");
    EXPECT_EQ(later.status, status::pass);
    EXPECT_EQ(later.cached, freshness::cached);
    EXPECT_EQ(w.net.connects.size(), 2u);
}

TEST(engine_time, retry_joins_the_hard_run) {  // CO-134, CO-143
    callout_world w;
    w.options.soft.greeting = 9s;
    w.serve("example.org", callout_peer().drip(4096, 8s));
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::in_progress);
    auto const again = w.verify("ann@example.org", 40s);
    EXPECT_EQ(again.status, status::pass);
    EXPECT_EQ(again.cached, freshness::live);
    EXPECT_EQ(w.net.connects.size(), 2u);
}

TEST(engine_time, silent_dns_is_asked_again_with_more_patience) {  // Z094
    callout_world w;
    w.serve("example.org", callout_peer());
    w.dns.delay = 6s;
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.reason, reason::dns);
    EXPECT_EQ(v.elapsed, w.options.dns_total);
    w.run_to_the_end();
    EXPECT_EQ(w.verify("ann@example.org").status, status::pass);
}

TEST(engine_time, silence_about_ipv6_costs_a_short_grace) {  // CO-196
    callout_world w;
    w.serve("example.org", callout_peer());
    w.dns.fails("mx1.example.org", record_type::aaaa, dns_outcome::timed_out);
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.status, status::pass);
    EXPECT_EQ(v.elapsed, 250ms);
}

TEST(engine_time, late_answer_about_ipv6_is_remembered) {  // CO-196
    callout_world w;
    serve_far(w, {0ms, addresses({"192.0.2.1"})}, {1s, addresses({"2001:db8::1"})});
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.status, status::pass);
    EXPECT_EQ(v.elapsed, 250ms);
    w.run_to_the_end();
    auto const asked = w.dns.asked.size();
    EXPECT_EQ(w.verify("bob@example.org").elapsed, 0ms);
    EXPECT_EQ(w.dns.asked.size(), asked);
}

TEST(engine_time, addresses_of_ipv4_are_waited_for) {  // CO-196
    for (auto const& ipv6 : {addresses({"2001:db8::1"}), dns_answer(dns_outcome::no_domain),
                             dns_answer(dns_outcome::no_data), dns_answer(dns_outcome::failed)}) {
        callout_world w;
        serve_far(w, {2s, addresses({"192.0.2.1"})}, {0ms, ipv6});
        auto const v = w.verify("ann@example.org");
        EXPECT_EQ(v.status, status::pass) << v.message;
        EXPECT_EQ(v.ip, "192.0.2.1");
        EXPECT_EQ(v.elapsed, 2s);
    }
}

TEST(engine_time, host_that_postscreen_lets_wait_answers_the_first_question) {  // CO-198
    callout_world w;
    w.serve("example.org", callout_peer().delay("greeting", 6s));
    EXPECT_EQ(w.verify("ann@example.org", 8s).status, status::pass);
}

TEST(engine_time, teaser_is_one_reply_however_slow_its_end) {  // CO-194
    callout_world w;
    std::string const teaser = "220-mx.example.org ESMTP\r\n";
    w.serve("example.org", callout_peer(teaser + "554 5.7.1 on a list\r\n").drip(teaser.size(), 3s));
    auto const v = w.verify("ann@example.org", 8s);
    EXPECT_EQ(v.reason, reason::blocked) << v.message;
    EXPECT_EQ(v.elapsed, 6s);
    w.run_to_the_end();
    EXPECT_EQ(w.verify("bob@example.org").reason, reason::blocked);
    EXPECT_EQ(w.net.connects.size(), 1u);  // it is remembered
}

TEST(engine_time, hard_timeout_is_transient_and_says_nothing_of_the_mailbox) {  // CO-135
    callout_world w;
    w.serve("example.org", callout_peer().on("EHLO", "250 mx.example.org\r\n").on("RCPT", ""));
    auto const v = ask_hard(w, "ann@example.org");
    EXPECT_EQ(v.status, status::transient);
    EXPECT_EQ(v.reason, reason::timeout);
    EXPECT_EQ(v.elapsed, w.options.hard.rcpt);
    EXPECT_EQ(w.verify("ann@example.org").cached, freshness::cached);  // for 5 minutes nobody tries again
}

TEST(engine_time, hard_timeout_is_not_found_by_option_only) {  // CO-135
    callout_world w;
    w.options.hard_timeout = hard_timeout::not_found;
    w.serve("example.org", callout_peer().on("RCPT", ""));
    auto const v = ask_hard(w, "ann@example.org");
    EXPECT_EQ(v.status, status::fail);
    EXPECT_EQ(word_of(v), verdict_word::not_found);
    EXPECT_EQ(v.exists, known::unknown);
}

TEST(engine_time, soft_timeout_is_never_not_found) {  // CO-135
    callout_world w;
    w.options.hard_timeout = hard_timeout::not_found;
    w.options.limits.background_limit = 0;
    w.serve("example.org", callout_peer().on("RCPT", ""));
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::timeout);
    EXPECT_EQ(w.verify("ann@example.org").cached, freshness::live);
}

TEST(engine_time, hard_total_ends_everything) {  // invariant I8, CO-136
    callout_world w;
    for (int i = 1; i <= 5; ++i) {
        auto const name = "mx" + std::to_string(i) + ".example.org";
        w.dns.mx("example.org", std::uint16_t(i), name);
        w.dns.address(name, "192.0.2." + std::to_string(i));
        w.net.put("192.0.2." + std::to_string(i), callout_peer(""));  // five minutes each
    }
    auto const begun = w.clock.now();
    auto const v = ask_hard(w, "ann@example.org");
    EXPECT_EQ(v.reason, reason::timeout);
    EXPECT_EQ(v.elapsed, w.options.hard_total);
    w.run_to_the_end();
    EXPECT_LE(w.clock.now() - begun, w.options.hard_total + 11min);  // no more than the asker's own alarm
    EXPECT_EQ(w.net.connects.size(), 2u);
}

TEST(engine_time, one_deadline_covers_dns_and_all_hosts) {  // CO-132, CO-136, SE-098
    for (auto const budget : {500ms, 3000ms, 7000ms, 12000ms}) {
        callout_world w;
        w.dns.delay = 2s;
        for (auto const* ip : {"192.0.2.1", "192.0.2.2", "192.0.2.3"}) {
            w.dns.mx("example.org", 10, std::string("mx-") + ip + ".example.org");
            w.dns.address(std::string("mx-") + ip + ".example.org", ip);
            w.net.put(ip, callout_peer().drip(4096, 2900ms).on("RCPT", "450 later\r\n"));
        }
        auto const v = w.verify("ann@example.org", budget);
        EXPECT_EQ(v.status, status::transient);
        EXPECT_LE(v.elapsed, budget);
    }
}

TEST(engine_time, two_verdicts_share_one_budget) {  // CO-138
    callout_world w;
    w.serve("one.example", callout_peer().drip(4096, 1500ms), "192.0.2.1");
    w.serve("two.example", callout_peer().drip(4096, 1500ms), "192.0.2.2");
    auto const begun = w.clock.now();
    std::vector<verification> both;
    boost::asio::co_spawn(w.context, ask_two(w.engine(), begun + 8s, both), boost::asio::detached);
    w.run_until([&] { return both.size() == 2; });
    EXPECT_EQ(both.at(0).status, status::pass);
    EXPECT_EQ(both.at(0).elapsed, 4500ms);
    EXPECT_EQ(both.at(1).reason, reason::in_progress);
    EXPECT_EQ(both.at(1).elapsed, 3500ms);  // what the first one left
    EXPECT_EQ(w.clock.now() - begun, 8s);
}

TEST(engine_time, abort_releases_the_waiter_at_once) {  // CO-137
    callout_world w;
    w.serve("example.org", callout_peer().drip(4096, 1s));
    std::optional<verification> v;
    bool released = false;
    boost::asio::cancellation_signal abort;
    boost::asio::co_spawn(
        w.context, ask(w.engine(), "ann@example.org", w.clock.now() + 30s, v),
        boost::asio::bind_cancellation_slot(
            abort.slot(), [&](std::exception_ptr const& thrown) { released = thrown != nullptr; }));
    w.run_until([&] { return !w.net.connects.empty(); });
    auto const when = w.clock.now();
    abort.emit(boost::asio::cancellation_type::terminal);
    w.context.restart();
    w.context.poll();
    EXPECT_TRUE(released);
    EXPECT_EQ(w.clock.now(), when);
    EXPECT_FALSE(v);
    w.run_to_the_end();
    EXPECT_EQ(w.verify("ann@example.org").cached, freshness::cached);  // RS-004: it went on for the cache
}

TEST(engine_time, background_is_bounded) {
    callout_world w;
    w.options.limits = politeness_limits::lifted();
    w.options.limits.background_limit = 3;
    w.dns.mx("example.org", 10, "mx.example.org");
    w.dns.address("mx.example.org", "192.0.2.1");
    w.net.put("192.0.2.1", callout_peer().on("EHLO", ""));
    std::vector<std::optional<verification>> all(10);
    for (std::size_t i = 0; i < all.size(); ++i) w.ask("a" + std::to_string(i) + "@example.org", 30s, all[i]);
    w.run_until([&] { return std::ranges::all_of(all, [](auto const& v) { return v.has_value(); }); });
    EXPECT_EQ(std::ranges::count_if(all, [](auto const& v) { return v->reason == reason::in_progress; }), 3);
    EXPECT_EQ(std::ranges::count_if(all, [](auto const& v) { return v->reason == reason::timeout; }), 7);
    w.run_to_the_end();
    EXPECT_EQ(w.net.connects.size(), 13u);
}

TEST(engine_time, host_that_says_nothing_is_called_again_later_and_with_more_patience) {  // CO-208
    callout_world w;
    w.serve("example.org", callout_peer().drip(4096, 20s));
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::timeout);
    auto const again = w.verify("ann@example.org");
    EXPECT_EQ(again.reason, reason::timeout);
    EXPECT_EQ(again.elapsed, 0s) << "it is left alone";
    EXPECT_NE(again.message.find("said nothing lately"), std::string::npos) << again.message;
    EXPECT_EQ(w.verify("bob@example.org").elapsed, 0s) << "whoever is asked about";
    EXPECT_EQ(w.net.connects.size(), 1u);
    EXPECT_EQ(w.engine().numbers().retries, 1u);
    w.run_to_the_end();
    EXPECT_EQ(w.net.connects.size(), 2u);
    auto const later = w.verify("ann@example.org");
    EXPECT_EQ(later.status, status::pass);
    EXPECT_EQ(later.cached, freshness::cached);
}

TEST(engine_time, deadline_of_ours_is_not_held_against_the_host) {  // CO-209
    callout_world w;
    w.dns.mx("example.org", 10, "slow.example.org");
    w.dns.mx("example.org", 20, "mx.example.org");
    w.dns.mx("example.net", 10, "mx.example.org");
    w.dns.address("slow.example.org", "192.0.2.1");
    w.dns.address("mx.example.org", "192.0.2.10");
    w.net.put("192.0.2.1", callout_peer(""));
    w.net.put("192.0.2.10", callout_peer().drip(4096, 1s));
    w.options.limits.background_limit = 0;
    request what(test::box("ann@example.org"));
    what.mode = mode::hard;
    what.timeouts = phase_timeouts{.connect = 0ms, .greeting = 0ms, .helo = 0ms, .mail = 0ms, .rcpt = 0ms};
    EXPECT_EQ(w.verify(what).reason, reason::timeout);
    for (auto const* address : {"bob@example.net", "ann@example.org"}) {
        auto const v = w.verify(address);
        EXPECT_EQ(v.status, status::pass) << address << ": " << v.message;
        EXPECT_EQ(v.cached, freshness::live) << address;
    }
}

TEST(engine_time, handshake_that_had_no_time_does_not_mean_broken_tls) {  // CO-209
    callout_world w;
    w.options.tls = tls_use::may;
    w.serve("example.org", callout_peer().offer_tls(test::handshake::hangs));
    request what(test::box("ann@example.org"));
    what.timeouts = w.options.soft;
    what.timeouts->starttls = 500ms;
    w.verify(what);
    w.net.connections.clear();
    w.verify("bob@example.org");
    ASSERT_FALSE(w.net.connections.empty());
    EXPECT_NE(w.net.connections.front().heard.find("STARTTLS"), std::string::npos) << "it is tried again";
}

TEST(engine_time, questions_wait_for_their_turn_before_they_ask_the_name_system) {  // CO-206
    callout_world w;
    w.options.limits.max_parallel = 2;
    w.options.limits.queue_limit = 2;
    w.dns.delay = 1min;
    std::vector<std::optional<verification>> all(20);
    for (std::size_t i = 0; i < all.size(); ++i) w.ask("ann@d" + std::to_string(i) + ".example", 3s, all[i]);
    w.run_until([&] { return w.engine().numbers().dns_questions > 0; });
    EXPECT_EQ(w.engine().numbers().dns_questions, 3u) << "three quarters of four, as they have no address";
    w.run_until([&] { return std::ranges::all_of(all, [](auto const& v) { return v.has_value(); }); });
    auto const refused =
        std::ranges::count_if(all, [](auto const& v) { return v->reason == reason::overloaded; });
    EXPECT_EQ(refused, 17);
}

TEST(engine_time, who_is_left_alone_ends_when_the_background_is_full) {
    callout_world w;
    w.options.limits = politeness_limits::lifted();
    w.options.limits.background_limit = 2;
    w.serve("example.org", callout_peer().drip(4096, 1s));
    std::vector<std::optional<verification>> all(5);
    for (std::size_t i = 0; i < all.size(); ++i)
        w.ask("a" + std::to_string(i) + "@example.org", 500ms, all[i]);
    w.run_to_the_end();
    std::size_t cached = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(all[i]->reason, reason::in_progress);
        auto const later = w.verify("a" + std::to_string(i) + "@example.org", 0ms, cache_use::only);
        cached += later.cached == freshness::cached;
    }
    EXPECT_EQ(cached, 2u);
}

TEST(engine_time, who_waits_for_a_turn_ends_at_once_when_the_background_is_full) {  // CO-226
    callout_world w;
    w.options.limits = politeness_limits::lifted();
    w.options.limits.background_limit = 2;
    w.options.limits.max_parallel_per_address = 1;
    w.serve("example.org", callout_peer().delay("RCPT", 4s));
    std::vector<std::optional<verification>> all(5);
    for (std::size_t i = 0; i < all.size(); ++i)
        w.ask("a" + std::to_string(i) + "@example.org", 500ms, all[i]);
    w.let_pass(400ms);
    EXPECT_EQ(w.engine().numbers().waiting, 4u);
    w.let_pass(200ms);
    EXPECT_TRUE(std::ranges::all_of(all, [](auto const& v) { return v.has_value(); }));
    EXPECT_LE(w.engine().numbers().in_background, 2u);
    EXPECT_LE(w.engine().numbers().waiting, 1u);
    w.run_to_the_end();
}

TEST(engine_time, without_a_cache_nothing_goes_on) {  // CO-152
    callout_world w;
    w.serve("example.org", callout_peer(""));
    EXPECT_EQ(w.verify("ann@example.org", 30s, cache_use::none).reason, reason::timeout);
    w.run_to_the_end();
    EXPECT_EQ(w.net.connects.size(), 1u);
}
