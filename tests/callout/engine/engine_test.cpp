#include "callout/engine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "callout/verdict_word.hpp"
#include "support/callout_world.hpp"

using namespace callout;
using test::callout_peer;
using test::callout_world;
using namespace std::chrono_literals;

namespace {

/// Writes down what happens, one word for each event.
class story : public observer {
public:
    void on(any_event const& what, steady_time) override {
        events.emplace_back(name_of(what));
        if (auto const* done = std::get_if<event::session_done>(&what)) told = done->verdict.status;
    }
    std::size_t count(std::string_view name) const { return std::size_t(std::ranges::count(events, name)); }
    std::vector<std::string> events;
    std::optional<status> told;  ///< at the end
};

/// The name system of a machine without memory.
class exhausted_resolver final : public resolver {
public:
    boost::asio::awaitable<dns_answer> query(std::string, record_type, steady_time) override {
        throw std::bad_alloc();
        co_return dns_answer();
    }
};

/// Notes who looks at it when its world is over.
class mortal_clock final : public callout::clock {
public:
    explicit mortal_clock(callout::clock& behind) : behind_(behind) {}
    steady_time now() const noexcept override {
        too_late += over ? 1 : 0;
        return behind_.now();
    }
    system_time wall() const noexcept override {
        too_late += over ? 1 : 0;
        return behind_.wall();
    }
    std::unique_ptr<callout::alarm> make_alarm() override { return behind_.make_alarm(); }

    bool over = false;
    mutable int too_late = 0;

private:
    callout::clock& behind_;
};

boost::asio::awaitable<void> ask(engine& asked, std::optional<verification>& into, steady_time until) {
    into = co_await asked.verify(request(mailbox::parse("ann@example.org").value()), until);
}

void exchange_at(callout_world& w, std::uint16_t preference, std::string_view address, callout_peer peer) {
    auto const name = "mx" + std::to_string(preference) + ".example.org";
    w.dns.mx("example.org", preference, name);
    w.dns.address(name, address);
    w.net.put(address, std::move(peer));
}

std::string all_heard(callout_world const& w) {
    std::string all;
    for (auto const& bytes : w.net.heard) all += bytes;
    return all;
}

}  // namespace

TEST(engine, known_mailbox_passes) {  // CO-067
    callout_world w;
    w.serve("example.org", callout_peer());
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.status, status::pass);
    EXPECT_EQ(v.reason, reason::accepted);
    EXPECT_EQ(v.strength, strength::strong);
    EXPECT_EQ(v.exists, known::yes);
    EXPECT_EQ(v.host, "mx1.example.org");
    EXPECT_EQ(v.ip, "192.0.2.10");
    EXPECT_EQ(v.connections, 1u);
    EXPECT_EQ(v.cached, freshness::live);
    EXPECT_EQ(v.poll.host, "mx1.example.org [192.0.2.10]");
}

TEST(engine, unknown_mailbox_fails_with_the_peers_words) {  // CO-070, CO-107
    callout_world w;
    w.serve("example.org", callout_peer().on("RCPT", "550-5.1.1 no such user\r\n550 5.1.1 really\r\n"));
    auto const v = w.verify("nobody@example.org");
    EXPECT_EQ(v.status, status::fail);
    EXPECT_EQ(v.reason, reason::no_mailbox);
    EXPECT_EQ(v.exists, known::no);
    EXPECT_EQ(v.message, "550-5.1.1 no such user\r\n550 5.1.1 really");
    EXPECT_EQ(v.poll.received, "550-5.1.1 no such user");
    EXPECT_EQ(word_of(v), verdict_word::not_found);
}

TEST(engine, says_what_a_callout_may_say_and_no_more) {  // CO-002, CO-126, CO-131
    callout_world w;
    w.serve("example.org", callout_peer());
    w.verify("Ann@EXAMPLE.org");
    w.run_to_the_end();
    EXPECT_EQ(all_heard(w), "EHLO mail.example.net\r\nMAIL FROM:<>\r\nRCPT TO:<Ann@example.org>\r\nQUIT\r\n");
    EXPECT_EQ(w.net.heard.size(), 3u);  // MAIL and RCPT in one piece, CO-057
}

TEST(engine, greylisting_is_transient_with_its_time) {  // CO-076
    callout_world w;
    w.serve("example.org", callout_peer().on("RCPT", "450 4.2.0 Greylisted, try again in 300 seconds\r\n"));
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.reason, reason::greylisted);
    EXPECT_EQ(v.retry_after, 300s);
}

TEST(engine, refused_connection) {  // Z072, CO-109
    callout_world w;
    w.serve("example.org", callout_peer().refuse_connections(errc::refused));
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.status, status::transient);
    EXPECT_EQ(v.reason, reason::refused);
    EXPECT_EQ(v.message.substr(0, 9), "450 4.4.1");
    EXPECT_EQ(v.poll.host, "mx1.example.org [192.0.2.10]");
    EXPECT_EQ(v.poll.received, "nothing");
}

TEST(engine, half_a_reply_is_none) {  // SE-087
    callout_world w;
    w.serve("example.org", callout_peer().on("RCPT", "250-ok so far\r\n").hang_up_after("RCPT"));
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.status, status::transient);
    EXPECT_EQ(v.reason, reason::closed);
}

TEST(engine, own_machine_without_descriptors) {  // CO-177
    callout_world w;
    w.serve("example.org", callout_peer().refuse_connections(errc::local_resources));
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.status, status::error);
    EXPECT_EQ(v.reason, reason::local);
}

TEST(engine, family_without_a_way_out_costs_no_connection) {  // CO-190
    callout_world w;
    for (int i = 1; i <= 4; ++i) {
        auto const name = "mx" + std::to_string(i) + ".example.org";
        w.dns.mx("example.org", std::uint16_t(i), name);
        w.dns.address(name, "2001:db8::" + std::to_string(i));
        w.net.put("2001:db8::" + std::to_string(i), callout_peer().refuse_connections(errc::no_way_out));
    }
    w.dns.address("mx4.example.org", "192.0.2.4");
    w.net.put("192.0.2.4", callout_peer().on("RCPT", "550 5.1.1 no such user\r\n"));
    for (auto const* address : {"ann@example.org", "bob@example.org"}) {
        auto const v = w.verify(address);
        EXPECT_EQ(v.reason, reason::no_mailbox) << v.message;
        EXPECT_EQ(v.ip, "192.0.2.4");
    }
}

TEST(engine, family_without_a_way_out_is_tried_again_at_once) {  // CO-190
    callout_world w;
    w.serve("example.org", callout_peer().refuse_connections(errc::no_way_out), "2001:db8::1");
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.reason, reason::unreachable);
    EXPECT_EQ(v.connections, 0u);
    EXPECT_NE(v.message.find("no address or route of that family"), std::string::npos) << v.message;
    w.net.put("2001:db8::1", callout_peer());
    EXPECT_EQ(w.verify("bob@example.org").status, status::pass);
}

TEST(engine, source_address_of_another_machine_is_named) {  // CO-191
    callout_world w;
    w.options.source_ipv4 = boost::asio::ip::make_address("198.51.100.9");
    w.serve("example.org", callout_peer().refuse_connections(errc::source_not_here));
    w.dns.address("mx1.example.org", "2001:db8::1");
    w.net.put("2001:db8::1", callout_peer().refuse_connections(errc::no_way_out));
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.status, status::error);
    EXPECT_EQ(v.reason, reason::local);
    EXPECT_NE(v.message.find("not an address of this machine: 198.51.100.9"), std::string::npos) << v.message;
}

TEST(engine, blackhole_ends_with_the_connect_timer) {  // Z071
    callout_world w;
    w.dns.mx("example.org", 10, "mx1.example.org");
    w.dns.address("mx1.example.org", "192.0.2.99");
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.reason, reason::unreachable);
    EXPECT_EQ(v.elapsed, w.options.soft.connect);
}

TEST(engine, silent_peer_ends_with_the_stage_timer) {  // Z070
    callout_world w;
    w.options.limits.background_limit = 0;  // or the hard phase would be tried
    w.serve("example.org", callout_peer(""));
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.reason, reason::timeout);
    EXPECT_EQ(v.elapsed, w.options.soft.greeting);
}

TEST(engine, drip_is_cut_by_the_stage_timer) {  // CO-133, Z069
    callout_world w;
    w.options.limits.background_limit = 0;
    w.serve("example.org", callout_peer().drip(1, 1000ms));
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.reason, reason::timeout);
    EXPECT_EQ(v.elapsed, w.options.soft.greeting);
}

TEST(engine, endless_banner_is_cut) {  // Z067, Z068, CO-104
    callout_world w;
    std::string endless;
    for (int i = 0; i < 10000; ++i) endless += "220-more\r\n";
    w.serve("example.org", callout_peer(endless));
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::protocol);
}

TEST(engine, garbage_is_a_protocol_error) {  // CO-099, Z075
    callout_world w;
    w.serve("example.org", callout_peer("HTTP/1.1 400 Bad Request\r\n\r\n"));
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.status, status::error);
    EXPECT_EQ(v.reason, reason::protocol);
    EXPECT_TRUE(w.net.heard.empty());  // and no QUIT, SE-038
}

TEST(engine, answers_split_into_bytes) {  // Z061, SE-085
    callout_world w;
    w.serve("example.org", callout_peer().drip(1, 0ms).on("RCPT", "550 5.1.1 no\r\n"));
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::no_mailbox);
}

TEST(engine, asker_leaves_at_the_deadline_and_the_callout_fills_the_cache) {  // CO-132, CO-134, CO-144
    callout_world w;
    w.serve("example.org", callout_peer().drip(4096, 2000ms));
    auto const v = w.verify("ann@example.org", 3s);
    EXPECT_EQ(v.status, status::transient);
    EXPECT_EQ(v.reason, reason::in_progress);
    EXPECT_EQ(v.elapsed, 3s);
    EXPECT_EQ(v.message.substr(0, 4), "450 ");
    w.run_to_the_end();
    auto const later = w.verify("ann@example.org", 3s);
    EXPECT_EQ(later.status, status::pass);
    EXPECT_EQ(later.cached, freshness::cached);
    EXPECT_EQ(w.net.connects.size(), 1u);
}

TEST(engine, verdict_does_not_wait_for_quit) {  // CO-131, Z111
    callout_world w;
    w.serve("example.org", callout_peer().on("QUIT", ""));
    EXPECT_EQ(w.verify("ann@example.org").elapsed, 0ms);
}

TEST(engine, close_after_the_refusal_keeps_it) {  // CO-097
    callout_world w;
    w.serve("example.org", callout_peer().on("RCPT", "550 5.1.1 no\r\n").hang_up_after("RCPT"));
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::no_mailbox);
}

TEST(engine, helo_on_a_new_connection_when_ehlo_was_hung_up_on) {  // Z005, SE-045
    callout_world w;
    w.serve("example.org", callout_peer().on("EHLO", "").hang_up_after("EHLO"));
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.status, status::pass);
    EXPECT_EQ(v.connections, 2u);
    EXPECT_NE(all_heard(w).find("HELO mail.example.net\r\nMAIL"), std::string::npos);
}

TEST(engine, other_sender_when_the_null_sender_is_refused) {  // CO-062, CO-064
    callout_world w;
    w.options.fallback_sender = test::box("verify@example.net");
    w.serve("example.org", callout_peer().on("MAIL FROM:<>", "550 no bounces\r\n"));
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.status, status::pass);
    EXPECT_TRUE(v.rejects_null);
}

TEST(engine, fifty_askers_cause_one_connection) {  // CO-143
    callout_world w;
    w.serve("example.org", callout_peer().drip(4096, 100ms));
    std::vector<std::optional<verification>> verdicts(50);
    for (auto& v : verdicts) w.ask("ann@example.org", 10s, v);
    w.run_to_the_end();
    for (auto const& v : verdicts) {
        ASSERT_TRUE(v);
        EXPECT_EQ(v->status, status::pass);
        EXPECT_EQ(v->message, verdicts[0]->message);
        EXPECT_EQ(v->host, "mx1.example.org");
        EXPECT_EQ(v->poll.sent, "RCPT TO:<ann@example.org>");
        ASSERT_TRUE(v->reply);
        EXPECT_FALSE(v->reply->lines.empty());
    }
    EXPECT_EQ(w.net.connects.size(), 1u);
}

TEST(engine, each_asker_keeps_a_deadline_of_its_own) {  // CO-144
    callout_world w;
    w.serve("example.org", callout_peer().drip(4096, 1000ms));
    std::optional<verification> hasty, patient;
    w.ask("ann@example.org", 500ms, hasty);
    w.ask("ann@example.org", 20s, patient);
    w.run_until([&] { return hasty.has_value(); });
    EXPECT_EQ(hasty->reason, reason::in_progress);
    EXPECT_FALSE(patient);
    w.run_to_the_end();
    EXPECT_EQ(patient->status, status::pass);
    EXPECT_EQ(w.net.connects.size(), 1u);
}

TEST(engine, second_ask_is_answered_from_the_cache) {  // CO-139, CO-140
    callout_world w;
    w.serve("example.org", callout_peer().on("RCPT", "550 5.1.1 no such user\r\n"));
    w.verify("ann@example.org");
    w.clock.advance(60s);
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.cached, freshness::cached);
    EXPECT_EQ(v.age, 60s);
    EXPECT_EQ(v.message, "550 5.1.1 no such user");
    EXPECT_EQ(v.host, "mx1.example.org");
    EXPECT_EQ(v.poll.host, "");
    EXPECT_EQ(v.connections, 0u);
    EXPECT_EQ(w.net.connects.size(), 1u);
}

TEST(engine, cached_verdict_ends) {
    callout_world w;
    w.serve("example.org", callout_peer().on("RCPT", "550 5.1.1 no such user\r\n"));
    w.verify("ann@example.org");
    w.clock.advance(67min);  // an hour and its jitter
    EXPECT_EQ(w.verify("ann@example.org").cached, freshness::live);
    EXPECT_EQ(w.net.connects.size(), 2u);
}

TEST(engine, store_outlives_the_engine) {  // CO-151
    callout_world w;
    w.lasting = &w.store;
    w.serve("example.org", callout_peer().on("RCPT", "550 5.1.1 no such user\r\n"));
    w.verify("ann@example.org");
    w.restart();
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.cached, freshness::cached);
    EXPECT_EQ(v.message, "550 5.1.1 no such user");
    EXPECT_EQ(w.net.connects.size(), 1u);
}

TEST(engine, store_that_holds_nonsense_is_a_miss) {
    callout_world w;
    w.lasting = &w.store;
    w.serve("example.org", callout_peer());
    w.store.put("v1:a:ann@example.org|<>|25", stored_record("v=7 nonsense", w.clock.wall() + 1h));
    EXPECT_EQ(w.verify("ann@example.org").cached, freshness::live);
}

TEST(engine, refusal_of_us_is_known_of_the_remote_address_only) {  // CO-142
    callout_world w;
    w.lasting = &w.store;
    w.serve("example.org", callout_peer("554 5.7.1 you are listed\r\n"));
    w.serve("example.net", callout_peer(), "192.0.2.20");
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::blocked);
    for (auto const& [key, record] : w.store.records) EXPECT_TRUE(key.starts_with("v1:b:192.0.2.10|")) << key;
    auto const again = w.verify("ann@example.org");
    EXPECT_EQ(again.reason, reason::blocked);
    EXPECT_EQ(again.connections, 0u);
    EXPECT_EQ(w.net.connects.size(), 1u);
    EXPECT_EQ(w.verify("ann@example.net").status, status::pass);
    w.clock.advance(40min);
    w.net.put("192.0.2.10", callout_peer());
    EXPECT_EQ(w.verify("ann@example.org").status, status::pass);
}

TEST(engine, protocol_error_is_not_kept) {
    callout_world w;
    w.lasting = &w.store;
    w.serve("example.org", callout_peer("hello\r\n"));
    w.verify("ann@example.org");
    w.verify("ann@example.org");
    EXPECT_TRUE(w.store.records.empty());
    EXPECT_EQ(w.net.connects.size(), 2u);
}

TEST(engine, no_cache_neither_reads_nor_writes) {  // CO-152
    callout_world w;
    w.lasting = &w.store;
    w.serve("example.org", callout_peer());
    w.verify("ann@example.org", 30s, cache_use::none);
    EXPECT_TRUE(w.store.records.empty());
    w.verify("ann@example.org");
    w.verify("ann@example.org", 30s, cache_use::none);
    EXPECT_EQ(w.net.connects.size(), 3u);
}

TEST(engine, only_the_cache) {
    callout_world w;
    w.serve("example.org", callout_peer());
    EXPECT_EQ(w.verify("ann@example.org", 30s, cache_use::only).reason, reason::in_progress);
    EXPECT_TRUE(w.net.connects.empty());
    w.verify("ann@example.org");
    EXPECT_EQ(w.verify("ann@example.org", 30s, cache_use::only).status, status::pass);
}

TEST(engine, refresh_asks_and_keeps_what_was_known_when_nothing_is_found) {  // CO-146, invariant I15
    callout_world w;
    w.serve("example.org", callout_peer());
    w.verify("ann@example.org");
    w.net.put("192.0.2.10", callout_peer().on("RCPT", "451 later\r\n"));
    EXPECT_EQ(w.verify("ann@example.org", 30s, cache_use::refresh).status, status::transient);
    EXPECT_EQ(w.verify("ann@example.org").status, status::pass);
    EXPECT_EQ(w.net.connects.size(), 2u);
}

TEST(engine, forbidden_target_is_never_connected_to) {  // CO-027, CO-032, Z083, Z085
    for (auto const* address :
         {"127.0.0.1", "0.0.0.0", "10.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"}) {
        callout_world w;
        w.serve("example.org", callout_peer(), address);
        auto const v = w.verify("ann@example.org");
        EXPECT_EQ(v.status, status::error) << address;
        EXPECT_EQ(v.reason, reason::forbidden_target) << address;
        EXPECT_TRUE(w.net.connects.empty()) << address;
    }
}

TEST(engine, forbidden_address_among_others_is_passed_over) {
    callout_world w;
    w.serve("example.org", callout_peer());
    w.dns.address("mx1.example.org", "127.0.0.1");
    EXPECT_EQ(w.verify("ann@example.org").status, status::pass);
    EXPECT_EQ(w.net.connects, std::vector<std::string>{"192.0.2.10"});
}

TEST(engine, own_address_is_ourselves) {  // CO-034, Z087
    callout_world w;
    w.options.destinations.own_addresses.push_back(test::ip("8.8.8.8"));
    w.serve("example.org", callout_peer(), "8.8.8.8");
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::self);
    EXPECT_TRUE(w.net.connects.empty());
}

TEST(engine, address_that_the_machine_has_got_meanwhile_is_ourselves) {  // CO-034, RS-049
    callout_world w;
    w.serve("example.org", callout_peer(), "8.8.8.8");
    w.serve("example.net", callout_peer(), "8.8.4.4");
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::accepted);
    w.net.ours.insert(test::ip("8.8.4.4"));
    EXPECT_EQ(w.verify("ann@example.net").reason, reason::self);
    EXPECT_EQ(w.net.connects, std::vector<std::string>{"8.8.8.8"});
}

TEST(engine, mapped_address_is_asked_as_the_one_that_it_is) {  // CO-204
    callout_world w;
    w.serve("example.org", callout_peer());
    w.dns.address("mx1.example.org", "::ffff:192.0.2.10");
    w.dns.address("mx1.example.org", "::ffff:192.0.2.11");
    w.net.put("192.0.2.10", callout_peer().hang_up_after("RCPT").on("RCPT", ""));
    w.net.put("192.0.2.11", callout_peer());
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::accepted);
    EXPECT_EQ(std::ranges::count(w.net.connects, std::string("192.0.2.11")), 1);
    for (auto const& address : w.net.connects) EXPECT_FALSE(address.starts_with("::")) << address;
}

TEST(engine, host_that_is_ourselves_is_not_asked_by_another_of_its_addresses) {  // CO-035
    callout_world w;
    w.options.destinations.own_addresses.push_back(test::ip("8.8.8.8"));
    w.serve("example.org", callout_peer(), "8.8.8.8");
    w.dns.address("mx1.example.org", "2001:db8::8");
    w.net.put("2001:db8::8", callout_peer());
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::self);
    EXPECT_TRUE(w.net.connects.empty());
}

TEST(engine, no_host_is_asked_that_is_not_preferred_to_ourselves) {  // CO-035
    callout_world w;
    w.options.destinations.own_addresses.push_back(test::ip("8.8.8.8"));
    w.dns.mx("example.org", 20, "us.example.net");
    w.dns.address("us.example.net", "8.8.8.8");
    w.dns.mx("example.org", 30, "worse.example.org");
    w.dns.address("worse.example.org", "192.0.2.30");
    w.net.put("192.0.2.30", callout_peer());
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::self);
    EXPECT_TRUE(w.net.connects.empty());
}

/// smtp-callout.md 6.1: a host record is of an address and a port.
TEST(engine, service_that_refuses_us_is_not_its_neighbour_at_another_port) {
    callout_world w;
    w.options.limits = politeness_limits::lifted();
    w.options.routes["example.net"] = {route_host(test::host("192.0.2.10"), 2525)};
    w.serve("example.org", callout_peer("554 5.7.1 blocked\r\n"));
    EXPECT_EQ(w.verify("ann@example.net").reason, reason::blocked);
    EXPECT_EQ(w.verify("bob@example.net").connections, 0u) << "that one is known to refuse us";
    w.net.put("192.0.2.10", callout_peer());
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::accepted);
}

/// smtp-callout.md 3.9: who asks of a recipient does so to deliver mail, not a bounce.
TEST(engine, refused_null_sender_is_no_fail_of_a_recipient) {
    callout_world w;
    w.serve("example.org", callout_peer().on("MAIL", "550 no bounces here\r\n"));
    EXPECT_EQ(w.verify("ann@example.org").status, status::fail);
    for (auto const use : {cache_use::normal, cache_use::none}) {  // known already, and by a peer
        request what(mailbox::parse("ann@example.org").value());
        what.purpose = purpose::recipient;
        what.cache = use;
        story watcher;
        what.watcher = &watcher;
        auto const v = w.verify(std::move(what));
        EXPECT_EQ(v.status, status::error);
        EXPECT_EQ(v.reason, reason::null_refused);
        EXPECT_EQ(watcher.told.value_or(status::error), status::error);
        EXPECT_EQ(v.cached, use == cache_use::normal ? freshness::cached : freshness::live);
    }
}

TEST(engine, null_mx_costs_no_further_question) {  // CO-013, Z081
    callout_world w;
    w.dns.mx("example.org", 0, "");
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.reason, reason::null_mx);
    EXPECT_EQ(v.message.substr(0, 10), "556 5.1.10");
    EXPECT_EQ(w.dns.asked.size(), 1u);
    EXPECT_TRUE(w.net.connects.empty());
    w.verify("bob@example.org");  // known of the domain
    EXPECT_EQ(w.dns.asked.size(), 1u);
}

TEST(engine, missing_domain) {  // CO-017
    callout_world w;
    auto const v = w.verify("ann@nowhere.example");
    EXPECT_EQ(v.status, status::fail);
    EXPECT_EQ(v.reason, reason::no_domain);
    EXPECT_EQ(word_of(v), verdict_word::no_mx);
}

TEST(engine, what_dns_says_holds_no_longer_than_dns_says) {
    callout_world w;
    w.options.limits.background_limit = 0;  // nothing is refreshed
    w.dns.ttl = 60s;
    w.verify("ann@nowhere.example");
    w.clock.advance(59s);
    EXPECT_EQ(w.verify("bob@nowhere.example").cached, freshness::cached);
    w.clock.advance(1s);
    EXPECT_EQ(w.verify("bob@nowhere.example").cached, freshness::live);
}

TEST(engine, refusal_of_us_outlives_the_engine) {
    callout_world w;
    w.lasting = &w.store;
    w.serve("example.org", callout_peer("554 5.7.1 you are listed\r\n"));
    w.verify("ann@example.org");
    w.restart();
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::blocked);
    EXPECT_EQ(w.net.connects.size(), 1u);
}

// Or any client of the callout server could switch verification off for everybody.
TEST(engine, refusal_of_another_sender_is_not_held_against_ours) {
    callout_world w;
    w.serve("example.org", callout_peer()
                               .on("MAIL FROM:<bad", "550 5.7.1 blocked\r\n")
                               .on("RCPT", "550 5.1.1 no such user\r\n"));
    request as_another(mailbox::parse("ann@example.org").value());
    as_another.senders.emplace_back(mailbox::parse("bad@x.example").value());
    EXPECT_EQ(w.verify(as_another).status, status::error);
    EXPECT_EQ(w.verify("ghost@example.org").reason, reason::no_mailbox);
}

TEST(engine, failed_dns_is_transient_and_no_address_is_asked_for) {  // CO-018
    callout_world w;
    w.dns.fails("example.org", record_type::mx, dns_outcome::failed);
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.status, status::transient);
    EXPECT_EQ(v.reason, reason::dns);
    EXPECT_EQ(w.dns.asked.size(), 1u);
}

TEST(engine, silent_dns_ends_with_its_budget) {  // CO-019, Z094
    callout_world w;
    w.dns.fails("example.org", record_type::mx, dns_outcome::timed_out);
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.reason, reason::dns);
    EXPECT_EQ(v.elapsed, w.options.dns_total);
}

TEST(engine, dns_budget_is_for_all_questions_together) {  // CO-136
    callout_world w;
    for (auto const* host : {"mx1.example.org", "mx2.example.org", "mx3.example.org"}) {
        w.dns.mx("example.org", 10, host);
        w.dns.fails(host, record_type::a, dns_outcome::timed_out);
        w.dns.fails(host, record_type::aaaa, dns_outcome::timed_out);
    }
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.reason, reason::dns);
    EXPECT_EQ(v.elapsed, w.options.dns_total);
}

TEST(engine, implicit_mx) {  // CO-015, Z096
    callout_world w;
    w.dns.address("example.org", "192.0.2.10");
    w.net.put("192.0.2.10", callout_peer());
    EXPECT_EQ(w.verify("ann@example.org").status, status::pass);
}

TEST(engine, exchange_without_address_does_not_lead_to_the_domain) {  // CO-016, CO-021, Z092
    callout_world w;
    w.dns.mx("example.org", 10, "gone.example.org");
    w.dns.address("example.org", "192.0.2.10");
    w.net.put("192.0.2.10", callout_peer());
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::mx_unresolvable);
    EXPECT_TRUE(w.net.connects.empty());
}

TEST(engine, one_exchange_that_dns_fails_for_and_one_that_works) {  // CO-020
    callout_world w;
    w.dns.mx("example.org", 10, "mx0.example.org");
    w.dns.fails("mx0.example.org", record_type::a, dns_outcome::failed);
    w.dns.mx("example.org", 20, "mx1.example.org");
    w.dns.address("mx1.example.org", "192.0.2.10");
    w.net.put("192.0.2.10", callout_peer());
    EXPECT_EQ(w.verify("ann@example.org").status, status::pass);
}

TEST(engine, definite_refusal_of_the_best_host_is_final) {  // CO-115, Z102
    callout_world w;
    w.serve("example.org", callout_peer().on("RCPT", "550 5.1.1 no\r\n"));
    w.dns.mx("example.org", 20, "mx2.example.org");
    w.dns.address("mx2.example.org", "192.0.2.20");
    w.net.put("192.0.2.20", callout_peer());
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::no_mailbox);
    EXPECT_EQ(w.net.connects.size(), 1u);
}

TEST(engine, backup_passes_weakly) {  // CO-114, Z100, Z101
    callout_world w;
    w.serve("example.org", callout_peer().refuse_connections(errc::refused));
    w.dns.mx("example.org", 20, "mx2.example.org");
    w.dns.address("mx2.example.org", "192.0.2.20");
    w.net.put("192.0.2.20", callout_peer());
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.status, status::pass);
    EXPECT_EQ(v.strength, strength::weak);
    EXPECT_EQ(v.reason, reason::via_backup);
    EXPECT_EQ(v.host, "mx2.example.org");
}

TEST(engine, next_address_of_a_host_that_is_busy) {  // SE-004
    callout_world w;
    w.serve("example.org", callout_peer("421 busy\r\n"));
    w.dns.address("mx1.example.org", "2001:db8::20");
    w.net.put("2001:db8::20", callout_peer());
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.status, status::pass);
    EXPECT_EQ(v.strength, strength::strong);
    EXPECT_EQ(w.net.connects.size(), 2u);
}

TEST(engine, connects_are_bounded) {  // CO-036
    callout_world w;
    w.options.max_connects_soft = 100;
    for (int host = 0; host < 10; ++host) {
        auto const name = "mx" + std::to_string(host) + ".example.org";
        w.dns.mx("example.org", std::uint16_t(host), name);
        for (int i = 0; i < 10; ++i) {
            auto const address = "192.0.2." + std::to_string(host * 10 + i + 1);
            w.dns.address(name, address);
            w.net.put(address, callout_peer().refuse_connections(errc::refused));
        }
    }
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.reason, reason::unreachable);  // CO-118
    EXPECT_EQ(v.connections, 15u);
}

TEST(engine, address_literals) {  // CO-008
    callout_world w;
    w.net.put("192.0.2.10", callout_peer());
    EXPECT_EQ(w.verify("ann@[192.0.2.10]").reason, reason::literal_refused);
    EXPECT_TRUE(w.net.connects.empty());
    callout_world open;
    open.options.allow_address_literals = true;
    open.net.put("192.0.2.10", callout_peer());
    EXPECT_EQ(open.verify("ann@[192.0.2.10]").status, status::pass);
    EXPECT_EQ(open.verify("ann@[127.0.0.1]").reason, reason::forbidden_target);
    EXPECT_TRUE(open.dns.asked.empty());
}

TEST(engine, families_that_are_not_used_are_not_asked_for) {  // CO-039
    callout_world w;
    w.options.use_ipv6 = false;
    w.serve("example.org", callout_peer());
    w.verify("ann@example.org");
    for (auto const& [name, type] : w.dns.asked) EXPECT_NE(type, record_type::aaaa);
}

TEST(engine, stop_answers_everybody) {
    callout_world w;
    w.serve("example.org", callout_peer().drip(4096, 2000ms));
    std::optional<verification> v;
    w.ask("ann@example.org", 20s, v);
    w.run_until([&] { return !w.net.connects.empty(); });
    w.engine().stop();
    w.run_until([&] { return v.has_value(); });
    EXPECT_EQ(v->reason, reason::in_progress);
    EXPECT_EQ(v->elapsed, 0ms);
    EXPECT_EQ(w.verify("bob@example.org").reason, reason::in_progress);
    auto const stopped = w.clock.now();
    w.run_to_the_end();
    EXPECT_EQ(w.clock.now(), stopped);  // the connection was ended, not waited for
}

/// As in a program that ends with a callout under way: the engine goes, the world, and then its executor.
TEST(engine, what_is_left_under_way_needs_no_world_to_be_destroyed) {
    std::optional<boost::asio::io_context> context(1);
    callout::testing::virtual_clock time(*context);
    mortal_clock clock(time);
    callout::testing::memory_net net(time);
    callout::testing::zone dns(time);
    callout::testing::seeded_random chance;
    dns.mx("example.org", 10, "mx1.example.org");
    dns.address("mx1.example.org", "192.0.2.10");
    net.put("192.0.2.10", callout_peer().on("RCPT", ""));
    engine_options options;
    options.destinations.deny_special_purpose = false;
    std::optional<engine> asked(std::in_place, context->get_executor(),
                                world{clock, net, dns, chance, nullptr}, options);
    std::optional<verification> answers[2];
    for (auto& one : answers)
        boost::asio::co_spawn(*context, ask(*asked, one, clock.now() + 30s), boost::asio::detached);
    context->poll();
    ASSERT_FALSE(net.heard.empty());
    EXPECT_FALSE(asked->idle());
    asked.reset();
    clock.over = true;
    context.reset();
    EXPECT_EQ(clock.too_late, 0);
    EXPECT_FALSE(answers[0] || answers[1]);
}

TEST(engine, is_idle_when_the_last_session_has_taken_its_leave) {
    callout_world w;
    w.options.reuse_sessions = true;
    w.serve("example.org", callout_peer());
    EXPECT_TRUE(w.engine().idle());
    w.verify("ann@example.org");
    EXPECT_FALSE(w.engine().idle()) << "a session is kept";
    w.engine().stop();
    w.run_until([&] { return w.engine().idle(); });
    EXPECT_TRUE(w.engine().idle());
    EXPECT_NE(all_heard(w).find("QUIT"), std::string::npos);
}

TEST(engine, observer_hears_the_story_in_order) {  // SE-001, SE-002, SE-005
    callout_world w;
    w.serve("example.org", callout_peer());
    story told;
    w.verify("ann@example.org", 30s, cache_use::normal, &told);
    EXPECT_EQ(told.events, (std::vector<std::string>{"cache_looked_up",
                                                     "cache_looked_up",
                                                     "dns_answered",
                                                     "dns_answered",
                                                     "dns_answered",
                                                     "resolved",
                                                     "address_checked",
                                                     "connecting",
                                                     "connected",
                                                     "received",
                                                     "greeted",
                                                     "sent",
                                                     "received",
                                                     "hello_done",
                                                     "sent",
                                                     "sent",
                                                     "received",
                                                     "mail_status",
                                                     "received",
                                                     "rcpt_status",
                                                     "sent",
                                                     "disconnected",
                                                     "session_done"}));
    story cached;
    w.verify("ann@example.org", 30s, cache_use::normal, &cached);
    EXPECT_EQ(cached.events, std::vector<std::string>{"cache_looked_up"});
}

TEST(engine, observer_of_a_failed_connection) {  // SE-003
    callout_world w;
    w.serve("example.org", callout_peer().refuse_connections(errc::refused));
    story told;
    w.verify("ann@example.org", 30s, cache_use::normal, &told);
    EXPECT_EQ(told.count("connect_failed"), 1u);
    EXPECT_EQ(told.count("connected"), 0u);
    EXPECT_EQ(told.count("disconnected"), 0u);
    EXPECT_EQ(told.events.back(), "session_done");
}

TEST(engine, observer_is_let_go_when_the_asker_leaves) {
    callout_world w;
    w.serve("example.org", callout_peer().drip(4096, 2000ms));
    story told;
    w.verify("ann@example.org", 1s, cache_use::normal, &told);
    EXPECT_EQ(told.events.back(), "session_done");
    auto const heard = told.events.size();
    w.run_to_the_end();
    EXPECT_EQ(told.events.size(), heard);
}

TEST(engine, exchange_without_address_hides_no_relay_denial) {  // CO-021, CO-090
    callout_world w;
    w.dns.mx("example.org", 10, "gone.example.org");
    exchange_at(w, 20, "192.0.2.20", callout_peer().on("RCPT", "550 5.7.1 relaying denied\r\n"));
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::relay_denied);
}

TEST(engine, no_service_needs_all_hosts) {  // CO-093
    callout_world w;
    exchange_at(w, 10, "192.0.2.10", callout_peer("521 host does not accept mail\r\n"));
    exchange_at(w, 20, "192.0.2.20", callout_peer().on("RCPT", "550 5.7.1 relaying denied\r\n"));
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::relay_denied);
}

TEST(engine, exchange_beyond_max_mx_may_have_an_address) {  // CO-021, CO-036
    callout_world w;
    for (std::uint16_t i = 1; i <= 5; ++i) {
        w.dns.mx("example.org", i, "gone" + std::to_string(i) + ".example.org");
    }
    exchange_at(w, 60, "192.0.2.60", callout_peer());
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.status, status::transient);
    EXPECT_EQ(v.reason, reason::unreachable);
}

TEST(engine, deadline_before_the_second_host_condemns_no_domain) {  // CO-093, CO-132
    callout_world w;
    w.lasting = &w.store;
    exchange_at(w, 10, "192.0.2.10", callout_peer("521 host does not accept mail\r\n").drip(4096, 4000ms));
    exchange_at(w, 20, "192.0.2.20", callout_peer());
    w.dns.fails("mx10.example.org", record_type::aaaa, dns_outcome::timed_out);
    w.options.dns_total = 1000ms;
    w.options.limits.background_limit = 0;
    w.options.soft = {.connect = 0ms,
                      .greeting = 4000ms,
                      .helo = 0ms,
                      .starttls = 0ms,
                      .mail = 0ms,
                      .rcpt = 0ms,
                      .rset = 0ms};
    w.verify("ann@example.org", 4250ms);  // all of it goes by before the second host's turn
    w.run_to_the_end();
    EXPECT_EQ(w.net.connects, std::vector<std::string>{"192.0.2.10"});
    EXPECT_TRUE(w.store.records.empty());
}

TEST(engine, stop_before_the_second_host_condemns_no_domain) {  // CO-093
    callout_world w;
    w.lasting = &w.store;
    exchange_at(w, 10, "192.0.2.10", callout_peer("521 host does not accept mail\r\n"));
    exchange_at(w, 20, "192.0.2.20", callout_peer());
    w.dns.fails("mx20.example.org", record_type::aaaa, dns_outcome::timed_out);
    std::optional<verification> v;
    w.ask("ann@example.org", 20s, v);
    w.run_until([&] { return !w.net.connects.empty(); });
    w.engine().stop();
    w.run_to_the_end();
    EXPECT_EQ(v->reason, reason::in_progress);
    EXPECT_TRUE(w.store.records.empty());
}

TEST(engine, one_unknown_recipient_condemns_no_domain) {
    callout_world w;
    w.serve("example.org", callout_peer().on("RCPT TO:<nobody", "550 5.1.10 RecipientNotFound\r\n"));
    EXPECT_EQ(w.verify("nobody@example.org").reason, reason::no_mailbox);
    EXPECT_EQ(w.verify("ann@example.org").status, status::pass);
}

TEST(engine, recipient_named_like_a_refusal_of_us_is_unknown_nevertheless) {
    callout_world w;
    w.serve("example.org", callout_peer().on("RCPT", "550 Blocked@EXAMPLE.org user unknown\r\n"));
    EXPECT_EQ(w.verify("Blocked@example.org").reason, reason::no_mailbox);
}

TEST(engine, missing_addresses_hold_no_longer_than_dns_says) {
    for (bool const has_exchange : {false, true}) {
        callout_world w;
        w.options.limits.background_limit = 0;
        w.dns.ttl = 60s;
        w.dns.fails("example.org", record_type::mx, dns_outcome::no_data);
        if (has_exchange) w.dns.mx("example.org", 10, "gone.example.org");
        EXPECT_EQ(w.verify("ann@example.org").reason, reason::mx_unresolvable);
        w.clock.advance(59s);
        EXPECT_EQ(w.verify("bob@example.org").cached, freshness::cached);
        w.clock.advance(1s);
        EXPECT_EQ(w.verify("bob@example.org").cached, freshness::live);
    }
}

TEST(engine, callout_that_is_broken_off_leaves_nothing_to_join) {
    callout_world w;
    exhausted_resolver dns;
    world const broken{w.clock, w.net, dns, w.chance};
    std::optional<verification> first, second;
    {
        engine asked(w.context.get_executor(), broken, w.options);
        for (auto* into : {&first, &second}) {
            boost::asio::co_spawn(w.context, ask(asked, *into, w.clock.now() + 30s), boost::asio::detached);
            w.run_until([&] { return into->has_value(); });
        }
    }
    for (auto const& v : {first, second}) {
        ASSERT_TRUE(v);
        EXPECT_EQ(v->status, status::error);
        EXPECT_EQ(v->reason, reason::local);
        EXPECT_EQ(v->elapsed, 0ms);
    }
}

TEST(engine, asker_that_is_cancelled_disturbs_nobody) {
    callout_world w;
    w.serve("example.org", callout_peer().drip(16, 10ms));
    story seen;
    std::optional<verification> first, second;
    boost::asio::cancellation_signal cancel;
    auto const until = w.clock.now() + 30s;
    {
        auto watched = request(mailbox::parse("ann@example.org").value());
        watched.watcher = &seen;
        auto asking = [](engine& asked, request what, std::optional<verification>& into,
                         steady_time end) -> boost::asio::awaitable<void> {
            into = co_await asked.verify(std::move(what), end);
        };
        boost::asio::co_spawn(w.context, asking(w.engine(), std::move(watched), first, until),
                              boost::asio::bind_cancellation_slot(cancel.slot(), boost::asio::detached));
        boost::asio::co_spawn(w.context, ask(w.engine(), second, until), boost::asio::detached);
        w.run_until([&] { return seen.count("connected") == 1; });
        cancel.emit(boost::asio::cancellation_type::terminal);
        w.run_until([&] { return second.has_value(); });
    }
    EXPECT_FALSE(first);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->status, status::pass);
    EXPECT_EQ(w.net.connects.size(), 1u);
    EXPECT_EQ(seen.count("session_done"), 1u);  // SE-005
    EXPECT_EQ(seen.events.back(), "session_done");
}

TEST(engine, asker_joins_a_callout_that_makes_all_of_its_tests) {  // CO-143
    constexpr extra_tests none{}, random{.random = true}, postmaster{.postmaster = true},
        full{.fullpostmaster = true};
    struct {
        extra_tests under_way, wanted;
        bool joins;
    } const cases[] = {
        {none, none, true},          {none, random, false},          {none, postmaster, false},
        {none, full, false},         {random, none, true},           {random, random, true},
        {random, postmaster, false}, {random, full, false},          {postmaster, none, true},
        {postmaster, random, false}, {postmaster, postmaster, true}, {postmaster, full, false},
        {full, none, true},          {full, random, false},          {full, postmaster, true},
        {full, full, true},
    };
    for (auto const& one : cases) {
        callout_world w;
        w.options.limits = politeness_limits::lifted();
        w.serve("example.org", callout_peer().drip(4096, 100ms));
        std::optional<verification> verdicts[2];
        request what(mailbox::parse("ann@example.org").value());
        what.tests = one.under_way;
        w.ask(what, 30s, verdicts[0]);
        what.tests = one.wanted;
        w.ask(what, 30s, verdicts[1]);
        w.run_to_the_end();
        EXPECT_EQ(w.net.connects.size(), one.joins ? 1u : 2u) << "case " << &one - cases;
    }
}

TEST(engine, connections_leave_from_the_source_of_their_family) {  // CO-176
    for (bool const prefer_ipv4 : {true, false}) {
        callout_world w;
        w.options.prefer_ipv4 = prefer_ipv4;
        w.options.source_ipv4 = test::ip("192.0.2.200");
        w.options.source_ipv6 = test::ip("2001:db8::200");
        w.dns.mx("example.org", 10, "mx1.example.org");
        w.dns.address("mx1.example.org", "192.0.2.1");
        w.dns.address("mx1.example.org", "2001:db8::1");
        // The first address answers nobody, and the second one wants HELO on a connection of its own.
        w.net.put(prefer_ipv4 ? "2001:db8::1" : "192.0.2.1",
                  callout_peer().on("EHLO", "").hang_up_after("EHLO"));
        EXPECT_EQ(w.verify("ann@example.org").status, status::pass);
        ASSERT_EQ(w.net.connections.size(), 3u);
        EXPECT_EQ(w.net.connections[0].to.address().is_v4(), prefer_ipv4);
        EXPECT_EQ(w.net.connections[1].to.address().is_v4(), !prefer_ipv4);
        for (auto const& one : w.net.connections)
            EXPECT_EQ(one.source, w.options.source_for(one.to.address())) << one.to;
    }
}

TEST(engine, without_a_source_address_the_system_chooses_one) {  // CO-176
    callout_world w;
    w.serve("example.org", callout_peer());
    w.verify("ann@example.org");
    EXPECT_EQ(w.net.connections.front().source, std::nullopt);
}
