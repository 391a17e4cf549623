// How much the engine asks of others, and whom it leaves alone (smtp-callout.md 2.2, 2.3, 7).

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "callout/engine.hpp"
#include "support/callout_world.hpp"

using namespace callout;
using test::callout_peer;
using test::callout_world;
using namespace std::chrono_literals;

namespace {

std::string user(std::size_t i) {
    return "a" + std::to_string(i) + "@example.org";
}

/// Asks about a number of addresses of example.org at once.
std::vector<std::optional<verification>> ask_many(callout_world& w, std::size_t count,
                                                  std::chrono::milliseconds budget) {
    std::vector<std::optional<verification>> all(count);
    for (std::size_t i = 0; i < count; ++i) w.ask(user(i), budget, all[i]);
    w.run_until([&] { return std::ranges::all_of(all, [](auto const& v) { return v.has_value(); }); });
    return all;
}

auto count(std::vector<std::optional<verification>> const& all, reason r) {
    return std::ranges::count_if(all, [&](auto const& v) { return v->reason == r; });
}

/// With limits that stand in no other's way.
callout_world& unlimited(callout_world& w) {
    w.options.limits = politeness_limits::lifted();
    return w;
}

void verify_for(callout_world& w, std::string_view client, std::string_view address,
                std::optional<verification>& into) {
    request what(mailbox::parse(address).value());
    what.who.client = test::ip(client);
    w.ask(std::move(what), 5s, into);
}

void two_hosts(callout_world& w, callout_peer first, callout_peer second) {
    w.dns.mx("example.org", 10, "mx1.example.org");
    w.dns.mx("example.org", 20, "mx2.example.org");
    w.dns.address("mx1.example.org", "192.0.2.1");
    w.dns.address("mx2.example.org", "192.0.2.2");
    w.net.put("192.0.2.1", std::move(first));
    w.net.put("192.0.2.2", std::move(second));
}

}  // namespace

TEST(engine_manners, connections_to_one_address_are_bounded_and_the_rest_waits) {  // CO-155
    callout_world w;
    unlimited(w).options.limits.max_parallel_per_address = 4;
    w.serve("example.org", callout_peer().drip(4096, 100ms));
    auto const all = ask_many(w, 20, 10s);
    EXPECT_EQ(count(all, reason::accepted), 20);
    EXPECT_EQ(w.net.most_open, 4u);
    EXPECT_GE(all.back()->elapsed, 5 * 300ms);  // five rounds of four
}

TEST(engine_manners, what_cannot_begin_in_time_is_overloaded_at_once) {  // CO-155
    callout_world w;
    unlimited(w).options.limits.domain_rate = {3, 60s};
    w.serve("example.org", callout_peer());
    auto const all = ask_many(w, 5, 10s);
    EXPECT_EQ(count(all, reason::accepted), 3);
    EXPECT_EQ(count(all, reason::overloaded), 2);
    for (auto const& v : all) EXPECT_EQ(v->elapsed, 0ms);
    EXPECT_EQ(all.back()->status, status::transient);
    EXPECT_EQ(all.back()->message.substr(0, 9), "451 4.3.2");
    w.clock.advance(60s);
    EXPECT_EQ(w.verify(user(4)).reason, reason::accepted);  // and it was not stored
}

TEST(engine_manners, all_limits_hold_by_default) {  // Z107
    callout_world w;
    w.serve("example.org", callout_peer().drip(4096, 10ms));
    auto const all = ask_many(w, 100, 5s);
    EXPECT_LE(w.net.most_open, 2u);         // max_parallel_per_domain
    EXPECT_LE(w.net.connects.size(), 60u);  // domain_rate
    EXPECT_EQ(std::size_t(count(all, reason::accepted)), w.net.connects.size());
}

TEST(engine_manners, one_operator_of_many_domains_is_one_organisation) {
    callout_world w;
    unlimited(w).options.limits.max_parallel_per_organisation = 2;
    std::vector<std::optional<verification>> all(6);
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto const domain = "d" + std::to_string(i) + ".example";
        auto const exchange = "mx" + std::to_string(i) + ".operator.example";
        w.dns.mx(domain, 10, exchange);
        w.dns.address(exchange, "192.0.2." + std::to_string(i + 1));
        w.net.put("192.0.2." + std::to_string(i + 1), callout_peer().drip(4096, 100ms));
        w.ask("ann@" + domain, 10s, all[i]);
    }
    w.run_until([&] { return std::ranges::all_of(all, [](auto const& v) { return v.has_value(); }); });
    EXPECT_EQ(count(all, reason::accepted), 6);
    EXPECT_EQ(w.net.most_open, 2u);
}

TEST(engine_manners, one_client_makes_us_ask_so_many_addresses_a_minute) {  // CO-181
    callout_world w;
    unlimited(w).options.limits.asker_rate = {3, 60s};
    for (int i = 0; i < 10; ++i) {
        w.serve("d" + std::to_string(i) + ".example", callout_peer(), "192.0.2." + std::to_string(i + 1));
    }
    std::vector<std::optional<verification>> spammer(5), other(3);
    for (std::size_t i = 0; i < spammer.size(); ++i) {
        verify_for(w, "203.0.113.66", "ann@d" + std::to_string(i) + ".example", spammer[i]);
    }
    for (std::size_t i = 0; i < other.size(); ++i) {
        verify_for(w, "203.0.113.1", "ann@d" + std::to_string(i + 5) + ".example", other[i]);
    }
    w.run_until([&] { return spammer.back() && other.back(); });
    EXPECT_EQ(count(spammer, reason::accepted), 3);
    EXPECT_EQ(count(spammer, reason::overloaded), 2);
    EXPECT_EQ(count(other, reason::accepted), 3);
}

TEST(engine_manners, one_chain_at_a_time_for_a_client_and_a_domain) {  // 7.4
    callout_world w;
    unlimited(w).options.limits.max_chains = 1;
    w.serve("example.org", callout_peer().drip(4096, 1s));
    std::vector<std::optional<verification>> same(2), other(1);
    verify_for(w, "203.0.113.1", user(0), same[0]);
    verify_for(w, "203.0.113.1", user(1), same[1]);
    verify_for(w, "203.0.113.2", user(2), other[0]);
    w.run_until([&] { return same[0] && other[0]; });
    EXPECT_EQ(w.net.most_open, 2u);
    EXPECT_FALSE(same[1]);
    w.run_until([&] { return same[1].has_value(); });
    EXPECT_EQ(same[1]->reason, reason::in_progress);  // 5 s are over; it goes on
}

TEST(engine_manners, host_that_says_421_is_left_alone_longer_each_time) {  // CO-156, Z024
    callout_world w;
    unlimited(w).options.limits.back_off_first = 1min;
    w.options.limits.back_off_most = 1h;
    w.options.lifetimes.temporary = 0s;  // what is known of the address shall not answer
    w.serve("example.org", callout_peer("421 4.7.0 too many of you\r\n"));
    std::size_t i = 0;
    for (auto const pause : {1min, 2min, 4min, 8min, 16min, 32min, 60min, 60min}) {
        EXPECT_EQ(w.verify(user(i++)).reason, reason::busy);
        auto const connects = w.net.connects.size();
        w.clock.advance(pause - 1s);
        auto const v = w.verify(user(i++));
        EXPECT_EQ(v.reason, reason::busy);
        EXPECT_EQ(v.connections, 0u);
        EXPECT_EQ(w.net.connects.size(), connects);
        w.clock.advance(1s);
    }
    EXPECT_EQ(w.net.connects.size(), 8u);
}

TEST(engine_manners, complaint_halves_the_rate) {  // CO-156
    callout_world w;
    unlimited(w).options.limits.back_off_first = 1min;
    w.options.limits.back_off_most = 1h;
    w.options.limits.address_rate = {8, 10min};
    w.serve("example.org", callout_peer("421 4.7.0 too many of you\r\n"));
    w.verify("first@example.org");
    w.clock.advance(11min);
    // A peer that answers neither well nor badly, so that nothing is forgiven.
    w.net.put("192.0.2.10", callout_peer().on("RCPT", "").hang_up_after("RCPT"));
    ask_many(w, 20, 5s);
    EXPECT_EQ(w.net.connects.size(), 1u + 3u);  // of four, less what is left for others
}

TEST(engine_manners, words_against_us_are_a_complaint_although_the_code_is_of_patience) {  // 7.1
    for (auto const* command : {"MAIL", "RCPT"}) {
        callout_world w;
        unlimited(w).options.limits.back_off_first = 1min;
        w.options.limits.back_off_most = 1h;
        w.serve("example.org", callout_peer().on(command, "450 blocked using zen.dnsbl.example\r\n"));
        EXPECT_EQ(w.verify(user(0)).reason, reason::temporary);
        EXPECT_EQ(w.verify(user(0)).connections, 0u) << command;
        EXPECT_EQ(w.net.connects.size(), 1u) << command;
        w.clock.advance(1min);
        EXPECT_EQ(w.verify(user(0)).connections, 1u) << "nothing is held against the address";
    }
}

/// A stranger names a victim's server as his exchange, and has us ask there for what it refuses.
TEST(engine_manners, words_to_a_recipient_silence_no_other_domain_of_the_host) {  // CO-200
    for (auto const* reply :
         {"550 5.7.1 blocked using zen.dnsbl.example\r\n", "450 4.7.1 blocked using zen.dnsbl.example\r\n"}) {
        callout_world w;
        unlimited(w).options.limits.back_off_first = 1min;
        w.options.limits.back_off_most = 1h;
        w.serve("example.org", callout_peer());
        w.serve("example.net", callout_peer().on("RCPT TO:<eve@example.net>", reply));
        EXPECT_NE(w.verify("eve@example.net").status, status::pass);
        EXPECT_EQ(w.verify("ann@example.net").connections, 0u) << reply;
        EXPECT_EQ(w.verify("ann@example.org").status, status::pass) << reply;
    }
}

/// smtp-callout.md 3.9, MAIL 4xx: "next (once)".
TEST(engine_manners, third_host_is_spared_when_two_ask_for_patience_at_mail) {
    callout_world w;
    auto const deferring = callout_peer().on("MAIL", "450 4.2.0 greylisted\r\n");
    two_hosts(w, deferring, deferring);
    w.dns.mx("example.org", 30, "mx3.example.org");
    w.dns.address("mx3.example.org", "192.0.2.3");
    w.net.put("192.0.2.3", callout_peer());
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::greylisted);
    EXPECT_EQ(w.net.connects, (std::vector<std::string>{"192.0.2.1", "192.0.2.2"}));
}

TEST(engine_manners, host_that_nobody_can_reach_is_passed_over) {  // 6.1: down
    callout_world w;
    unlimited(w).options.limits.down_first = 5min;
    w.options.limits.down_most = 1h;
    two_hosts(w, callout_peer().refuse_connections(errc::refused), callout_peer());
    EXPECT_EQ(w.verify(user(0)).reason, reason::via_backup);
    EXPECT_EQ(w.verify(user(1)).reason, reason::via_backup);
    EXPECT_EQ(w.net.connects, (std::vector<std::string>{"192.0.2.1", "192.0.2.2", "192.0.2.2"}));
    w.net.put("192.0.2.1", callout_peer());
    w.clock.advance(5min);
    EXPECT_EQ(w.verify(user(2)).reason, reason::accepted);
    EXPECT_EQ(w.verify(user(3)).reason, reason::accepted);
}

/// 6.1: down. A dead LMTP service says nothing of the SMTP server beside it, nor that one of it.
TEST(engine_manners, service_that_is_down_is_one_port_of_its_host) {
    callout_world w;
    unlimited(w).options.limits.down_first = 5min;
    w.options.limits.down_most = 1h;
    w.options.routes["example.net"] = {route_host(test::host("192.0.2.10"), 2003, protocol::lmtp)};
    w.serve("example.org", callout_peer().refuse_connections(errc::refused));
    EXPECT_EQ(w.verify("ann@example.net").reason, reason::refused);
    w.net.put("192.0.2.10", callout_peer());
    EXPECT_EQ(w.verify(user(0)).reason, reason::accepted);
    EXPECT_EQ(w.net.connects.size(), 2u);
    EXPECT_EQ(w.verify("bob@example.net").reason, reason::unreachable);
    EXPECT_EQ(w.net.connects.size(), 2u) << "what port 25 said is no word of the other one";
}

/// The one before it lets it in when nobody wants to know any more.
TEST(engine_manners, callout_that_ended_at_the_gate_connects_to_nobody) {
    callout_world w;
    unlimited(w).options.limits.max_parallel_per_address = 1;
    w.options.limits.background_limit = 0;
    w.serve("example.org", callout_peer().drip(4096, 1s));
    std::optional<verification> patient, hasty;
    w.ask(user(0), 30s, patient);
    w.ask(user(1), 1s, hasty);
    w.run_until([&] { return hasty.has_value(); });
    EXPECT_EQ(hasty->reason, reason::in_progress);
    w.run_to_the_end();
    EXPECT_EQ(patient->reason, reason::accepted);
    EXPECT_EQ(w.net.connects.size(), 1u);
    EXPECT_TRUE(w.engine().idle());
}

TEST(engine_manners, two_hosts_are_never_asked_at_the_same_time) {  // CO-038, CO-079
    callout_world w;
    two_hosts(w, callout_peer().drip(4096, 900ms).on("RCPT", "421 later\r\n"),
              callout_peer().drip(4096, 900ms));
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::via_backup);
    EXPECT_EQ(w.net.connects.size(), 2u);
    EXPECT_EQ(w.net.most_open, 1u);
}

TEST(engine_manners, few_connections_while_somebody_waits) {  // CO-036, Z099
    callout_world w;
    w.options.limits.background_limit = 0;
    for (int i = 0; i < 200; ++i) {
        auto const name = "mx" + std::to_string(i) + ".example.org";
        w.dns.mx("example.org", 10, name);
        w.dns.address(name, "192.0.2." + std::to_string(i + 1));
        w.net.put("192.0.2." + std::to_string(i + 1), callout_peer().refuse_connections(errc::refused));
    }
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.status, status::transient);
    EXPECT_EQ(v.connections, 3u);
    EXPECT_EQ(w.dns.asked.size(), 1u + 2 * 3u);
}

TEST(engine_manners, loop_of_names_is_a_failure_of_dns) {  // Z091, CO-023
    callout_world w;
    w.dns.fails("example.org", record_type::mx, dns_outcome::failed);
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.status, status::transient);
    EXPECT_EQ(v.reason, reason::dns);
    EXPECT_TRUE(w.net.connects.empty());
}

TEST(engine_manners, rebinding_changes_nothing) {  // CO-032, Z095
    callout_world w;
    unlimited(w).options.dns_cache_entries = 0;
    w.dns.ttl = 0s;
    w.serve("example.org", callout_peer());
    EXPECT_EQ(w.verify("ann@example.org").status, status::pass);
    w.dns.forget("mx1.example.org");
    w.dns.address("mx1.example.org", "127.0.0.1");
    EXPECT_EQ(w.verify("bob@example.org").reason, reason::forbidden_target);
    EXPECT_EQ(w.net.connects, std::vector<std::string>{"192.0.2.10"});
}

TEST(engine_manners, host_of_the_other_family_is_out_of_reach_and_not_missing) {  // Z097
    for (bool const v4 : {true, false}) {
        callout_world w;
        w.options.use_ipv4 = v4;
        w.options.use_ipv6 = !v4;
        w.serve("example.org", callout_peer(), v4 ? "2001:db8::1" : "192.0.2.1");
        auto const v = w.verify("ann@example.org");
        EXPECT_EQ(v.status, status::transient);
        EXPECT_EQ(v.reason, reason::unreachable);
        EXPECT_NE(v.message.find(v4 ? "IPv6 addresses alone" : "IPv4 addresses alone"), std::string::npos);
        EXPECT_TRUE(w.net.connects.empty());
        w.dns.forget("mx1.example.org");
        EXPECT_EQ(w.verify("ann@example.org", 30s, cache_use::none).reason, reason::mx_unresolvable);
    }
}

TEST(engine_manners, exchange_that_is_an_address) {  // CO-025, Z088
    for (auto const choice : {mx_ip_literal::ignore, mx_ip_literal::accept}) {
        callout_world w;
        w.options.mx_ip_literal = choice;
        w.dns.mx("example.org", 10, "192.0.2.7");
        w.net.put("192.0.2.7", callout_peer());
        auto const v = w.verify("ann@example.org");
        EXPECT_EQ(v.status, choice == mx_ip_literal::accept ? status::pass : status::fail);
        w.dns.mx("example.net", 10, "127.0.0.1");
        EXPECT_NE(w.verify("ann@example.net").status, status::pass);  // the fence stands before it too
    }
}

TEST(engine_manners, domain_that_is_at_home_may_mean_that_it_wants_no_mail) {  // 2.4 loopback_mx
    for (auto const* address : {"127.0.0.1", "0.0.0.0", "10.0.0.1"}) {
        callout_world w;
        w.options.loopback_mx = loopback_mx::fail;
        w.serve("example.org", callout_peer(), address);
        bool const is_home = std::string_view(address) != "10.0.0.1";
        EXPECT_EQ(w.verify("ann@example.org").status, is_home ? status::fail : status::error) << address;
        EXPECT_TRUE(w.net.connects.empty());
    }
}

TEST(engine_manners, broken_family_costs_a_quarter_of_a_second) {  // CO-040, Z098
    for (bool const prefer_ipv4 : {true, false}) {
        callout_world w;
        w.options.prefer_ipv4 = prefer_ipv4;
        w.dns.mx("example.org", 10, "mx1.example.org");
        w.dns.address("mx1.example.org", "192.0.2.1");
        w.dns.address("mx1.example.org", "2001:db8::1");
        w.net.put(prefer_ipv4 ? "2001:db8::1" : "192.0.2.1",
                  callout_peer());  // the other one drops everything
        auto const v = w.verify("ann@example.org");
        EXPECT_EQ(v.status, status::pass);
        EXPECT_EQ(v.elapsed, 250ms);
        EXPECT_EQ(v.ip, prefer_ipv4 ? "2001:db8::1" : "192.0.2.1");
        EXPECT_EQ(v.connections, 2u);
    }
}

TEST(engine_manners, working_family_is_connected_to_alone) {  // CO-040
    callout_world w;
    w.dns.mx("example.org", 10, "mx1.example.org");
    for (auto const* address : {"192.0.2.1", "2001:db8::1"}) {
        w.dns.address("mx1.example.org", address);
        w.net.put(address, callout_peer().drip(4096, 1s));  // slow to speak, not to connect
    }
    EXPECT_EQ(w.verify("ann@example.org").status, status::pass);
    EXPECT_EQ(w.net.connects, std::vector<std::string>{"192.0.2.1"});
}

TEST(engine_manners, both_families_broken_cost_one_time_out) {  // CO-040
    callout_world w;
    w.dns.mx("example.org", 10, "mx1.example.org");
    w.dns.address("mx1.example.org", "192.0.2.1");
    w.dns.address("mx1.example.org", "2001:db8::1");
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.reason, reason::unreachable);
    EXPECT_EQ(v.elapsed, w.options.soft.connect);
    EXPECT_EQ(w.net.connects.size(), 2u);
}

TEST(engine_manners, refusal_of_us_is_kept_against_the_rival_that_spoke_it) {  // CO-040
    callout_world w;
    w.dns.mx("example.org", 10, "mx1.example.org");
    w.dns.address("mx1.example.org", "192.0.2.1");
    w.dns.address("mx1.example.org", "2001:db8::1");
    w.net.put("2001:db8::1", callout_peer("554 5.7.1 you are listed\r\n"));
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::blocked);
    w.net.put("192.0.2.1", callout_peer());
    EXPECT_EQ(w.verify("bob@example.org").ip, "192.0.2.1");
}

TEST(engine_manners, forbidden_rival_is_never_connected_to) {  // CO-032, CO-040, invariant I9
    callout_world w;
    w.dns.mx("example.org", 10, "mx1.example.org");
    w.dns.address("mx1.example.org", "192.0.2.1");
    w.dns.address("mx1.example.org", "::1");
    w.verify("ann@example.org");
    EXPECT_EQ(w.net.connects, std::vector<std::string>{"192.0.2.1"});
}

TEST(engine_manners, good_answer_forgives_a_complaint) {  // CO-156
    callout_world w;
    unlimited(w).options.limits.back_off_first = 1min;
    w.options.limits.back_off_most = 1h;
    w.options.limits.address_rate = {8, 10min};
    w.serve("example.org", callout_peer("421 4.7.0 too many of you\r\n"));
    w.verify("first@example.org");
    w.clock.advance(11min);
    w.net.put("192.0.2.10", callout_peer());
    EXPECT_EQ(w.verify("second@example.org").reason, reason::accepted);
    w.clock.advance(11min);
    EXPECT_EQ(count(ask_many(w, 20, 5s), reason::accepted), 6)
        << "the rate is whole again: eight, less what is left for others";
}

/// A provider has many domains at one address, and asks us about its own customers' correspondents.
TEST(engine_manners, peer_that_is_asked_about_one_domain_may_make_us_ask_about_another) {  // CO-162
    callout_world w;
    unlimited(w).serve("example.org", callout_peer().drip(4096, 1s));
    w.serve("example.net", callout_peer().drip(4096, 1s));
    std::optional<verification> first, same, other;
    w.ask("ann@example.org", 30s, first);
    w.run_until([&] { return !w.net.connects.empty(); });
    verify_for(w, "192.0.2.10", "bob@example.org", same);
    verify_for(w, "192.0.2.10", "bob@example.net", other);
    w.run_until([&] { return same && other; });
    EXPECT_EQ(same->reason, reason::mutual_callout);
    EXPECT_EQ(other->reason, reason::accepted);
}
