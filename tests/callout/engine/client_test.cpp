// What the client does for a request, over connections without sockets.

#include <gtest/gtest.h>

#include "support/callout_world.hpp"

using namespace callout;
using test::callout_peer;
using test::callout_world;
using namespace std::chrono_literals;

namespace {

/// Notes the names of events, decides as it is told, throws at the event that it is told to.
class watch : public observer,
              public decides<event::tls_failed>,
              public decides<event::next_address>,
              public decides<event::syntax_warning> {
public:
    void on(any_event const& what, steady_time) override {
        names.emplace_back(name_of(what));
        if (auto const* end = std::get_if<event::disconnected>(&what)) causes.push_back(end->why);
        if (auto const* rcpt = std::get_if<event::rcpt_status>(&what))
            recipients.emplace_back(rcpt->recipient);
        if (throws_at == names.back()) throw std::runtime_error("the observer has a bug");
    }
    after_tls_failure decide(event::tls_failed const& e) override { return tls.value_or(e.proposed); }
    event::next_address::decision decide(event::next_address const&) override { return next; }
    event::syntax_warning::decision decide(event::syntax_warning const&) override { return syntax; }

    std::size_t count(std::string_view name) const { return std::size_t(std::ranges::count(names, name)); }
    /// Those of `wanted` that happened, in order.
    std::vector<std::string> only(std::vector<std::string_view> const& wanted) const {
        std::vector<std::string> all;
        for (auto const& one : names) {
            if (std::ranges::count(wanted, one) > 0) all.push_back(one);
        }
        return all;
    }

    std::string throws_at;
    std::optional<after_tls_failure> tls;
    event::next_address::decision next = event::next_address::decision::go_on;
    event::syntax_warning::decision syntax = event::syntax_warning::decision::go_on;
    std::vector<std::string> names, recipients;
    std::vector<event::disconnected::cause> causes;
};

request asking(std::string_view address, observer* watcher = nullptr) {
    request what(mailbox::parse(address).value());
    what.watcher = watcher;
    return what;
}

std::string heard(callout_world const& w) {
    std::string all;
    for (auto const& bytes : w.net.heard) all += bytes;
    return all;
}

std::size_t count(std::string const& text, std::string_view what) {
    std::size_t n = 0;
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++n;
    return n;
}

void serve_two(callout_world& w, callout_peer best, callout_peer backup) {
    w.dns.mx("example.org", 10, "mx1.example.org");
    w.dns.address("mx1.example.org", "192.0.2.10");
    w.net.put("192.0.2.10", std::move(best));
    w.dns.mx("example.org", 20, "mx2.example.org");
    w.dns.address("mx2.example.org", "192.0.2.20");
    w.net.put("192.0.2.20", std::move(backup));
}

}  // namespace

TEST(client, asks_50_recipients_over_one_session) {  // CO-128
    callout_world w;
    w.options.reuse_sessions = true;
    w.options.max_rcpt_per_session = 100;
    w.options.limits = politeness_limits::lifted();
    w.serve("example.org", callout_peer());
    for (int i = 0; i < 50; ++i)
        EXPECT_EQ(w.verify(asking("u" + std::to_string(i) + "@example.org")).status, status::pass);
    EXPECT_EQ(w.net.connects.size(), 1u);
    EXPECT_EQ(count(heard(w), "RCPT TO"), 50u);
    EXPECT_EQ(count(heard(w), "MAIL FROM"), 50u);  // CO-192: a bounce has one recipient
    EXPECT_EQ(count(heard(w), "RSET\r\nMAIL FROM:<>\r\nRCPT TO"), 49u);
    w.run_to_the_end();
    EXPECT_TRUE(heard(w).ends_with("QUIT\r\n"));
}

TEST(client, address_that_needs_smtputf8_is_judged_on_a_session_that_was_kept) {  // CO-006, CO-007, CO-193
    callout_world w;
    w.options.reuse_sessions = true;
    w.serve("example.org", callout_peer());
    EXPECT_EQ(w.verify(asking("ann@example.org")).status, status::pass);
    EXPECT_EQ(w.verify(asking("j\xc3\xbcrgen@example.org")).reason, reason::smtputf8_unsupported);
    EXPECT_EQ(w.verify(asking("bob@example.org")).status, status::pass);
    EXPECT_EQ(w.net.connects.size(), 1u);
    EXPECT_EQ(heard(w).find('\xc3'), std::string::npos);
}

TEST(client, session_ends_with_the_third_refusal) {  // CO-129, Z106
    callout_world w;
    w.options.reuse_sessions = true;
    w.serve("example.org", callout_peer().on("RCPT", "550 5.1.1 no\r\n"));
    for (int i = 0; i < 4; ++i) w.verify(asking("u" + std::to_string(i) + "@example.org"));
    EXPECT_EQ(w.net.connects.size(), 2u);
}

TEST(client, recipients_of_a_transaction_are_limited_by_the_server) {  // CO-130, SE-100
    callout_world w;
    w.options.reuse_sessions = true;
    w.serve("example.org", callout_peer().on("EHLO", "250-mx\r\n250 LIMITS RCPTMAX=2\r\n"));
    for (int i = 0; i < 6; ++i) {
        auto what = asking("u" + std::to_string(i) + "@example.org");
        what.senders = {mailbox::parse("verify@example.net").value()};
        w.verify(std::move(what));
    }
    EXPECT_EQ(w.net.connects.size(), 1u);
    EXPECT_EQ(count(heard(w), "RSET"), 2u);
    EXPECT_EQ(count(heard(w), "MAIL FROM"), 3u);
}

TEST(client, idle_session_is_left_in_time) {
    callout_world w;
    w.options.reuse_sessions = true;
    w.options.session_idle = 5s;
    w.serve("example.org", callout_peer());
    w.verify(asking("ann@example.org"));
    EXPECT_EQ(heard(w).find("QUIT"), std::string::npos);
    auto const since = w.clock.now();
    w.run_until([&] { return heard(w).find("QUIT") != std::string::npos; });
    EXPECT_EQ(w.clock.now() - since, 5s);
    w.verify(asking("bob@example.org"));
    EXPECT_EQ(w.net.connects.size(), 2u);
}

TEST(client, session_that_died_while_idle_is_replaced_once) {  // Z109
    callout_world w;
    w.options.reuse_sessions = true;
    w.serve("example.org", callout_peer().hang_up_after("RCPT TO:<ann"));
    EXPECT_EQ(w.verify(asking("ann@example.org")).status, status::pass);
    EXPECT_EQ(w.verify(asking("bob@example.org")).status, status::pass);
    EXPECT_EQ(w.net.connects.size(), 2u);
}

TEST(client, verdict_does_not_wait_for_quit) {  // CO-131, Z111, SE-099
    callout_world w;
    w.serve("example.org", callout_peer().on("QUIT", ""));
    auto const since = w.clock.now();
    EXPECT_EQ(w.verify(asking("ann@example.org")).status, status::pass);
    EXPECT_EQ(w.clock.now(), since);
    w.run_to_the_end();
    EXPECT_EQ(w.clock.now() - since, w.options.soft.quit);
}

TEST(client, random_recipient_is_new_each_time_and_names_nobody) {  // CO-122, CO-119, SE-007
    callout_world w;
    w.serve("example.org", callout_peer());
    watch seen;
    for (int i = 0; i < 2; ++i) {
        auto what = asking("ann@example.org", &seen);
        what.cache = cache_use::none;
        what.tests.random = true;
        auto const v = w.verify(std::move(what));
        EXPECT_EQ(v.catch_all, known::yes);
        EXPECT_EQ(v.strength, strength::weak);
    }
    ASSERT_EQ(seen.recipients.size(), 4u);
    EXPECT_NE(seen.recipients[0], seen.recipients[2]);
    EXPECT_EQ(seen.recipients[1], "ann@example.org");
    auto const local = seen.recipients[0].substr(0, seen.recipients[0].find('@'));
    EXPECT_EQ(local.size(), 16u);
    EXPECT_TRUE(local[0] >= 'a' && local[0] <= 'z');
    EXPECT_EQ(local.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789"), local.npos);
}

TEST(client,
     target_is_asked_on_a_new_connection_when_the_random_one_ended_the_first) {  // CO-098, CO-120, Z009, Z010
    for (auto const* answer : {"421 4.7.0 too much\r\n", "550 5.1.1 no such user\r\n"}) {
        callout_world w;
        auto peer =
            callout_peer().on("EHLO", "250 mx\r\n").on("RCPT", answer).on("RCPT TO:<ann@", "250 ok\r\n");
        w.serve("example.org", std::move(peer.hang_up_after("RCPT TO:<")));
        auto what = asking("ann@example.org");
        what.tests.random = true;
        auto const v = w.verify(std::move(what));
        EXPECT_EQ(v.status, status::pass);
        EXPECT_EQ(v.catch_all, answer[0] == '5' ? known::no : known::unknown);
        EXPECT_EQ(w.net.connects.size(), 2u);
    }
}

TEST(client, missing_postmaster_fails_who_asked_for_it_alone) {  // CO-123
    callout_world w;
    w.serve("example.org", callout_peer().on("RCPT TO:<postmaster", "550 5.1.1 no such user\r\n"));
    auto what = asking("ann@example.org");
    what.tests.postmaster = true;
    auto const v = w.verify(std::move(what));
    EXPECT_EQ(v.reason, reason::no_postmaster);
    EXPECT_EQ(v.scope, scope::domain);
    EXPECT_EQ(v.postmaster, known::no);
    EXPECT_EQ(w.verify(asking("ann@example.org")).status, status::pass);
}

TEST(client, senders_of_a_request_replace_the_default) {
    callout_world w;
    w.options.fallback_sender = test::box("verify@example.net");
    w.serve("example.org", callout_peer().on("MAIL", "550 no\r\n").on("MAIL FROM:<b@", "250 ok\r\n"));
    auto what = asking("ann@example.org");
    what.cache = cache_use::none;
    what.senders = {mailbox::parse("a@example.com").value(), mailbox::parse("b@example.com").value()};
    auto const v = w.verify(std::move(what));
    EXPECT_EQ(v.status, status::pass);
    EXPECT_FALSE(v.rejects_null);
    EXPECT_EQ(heard(w).find("verify@"), std::string::npos);
    EXPECT_EQ(heard(w).find("MAIL FROM:<>"), std::string::npos);
}

TEST(client, route_replaces_dns_and_needs_no_fence) {  // CO-033, CO-174, CO-175
    callout_world w;
    w.net.put("10.0.0.1", callout_peer().refuse_connections(errc::refused));
    w.net.put("10.0.0.2",
              callout_peer("220 mail.example.net LMTP\r\n").on("LHLO", "250 mail.example.net\r\n"));
    w.options.routes["example.org"] = {route_host(test::host("10.0.0.1"), 2525),
                                       route_host(test::host("10.0.0.2"), 24, protocol::lmtp)};
    auto const v = w.verify(asking("ann@example.org"));
    EXPECT_EQ(v.status, status::pass);
    EXPECT_EQ(v.reason, reason::accepted);
    EXPECT_EQ(heard(w).find("EHLO"), std::string::npos);
    EXPECT_TRUE(w.dns.asked.empty());
}

TEST(client, a_route_and_a_host_together_are_refused) {
    callout_world w;
    w.serve("example.org", callout_peer());
    auto what = asking("ann@example.org");
    what.route = {route_host(test::host("192.0.2.10"))};
    what.hosts = host_choice(host_mode::hostonly, test::host("192.0.2.11"));
    auto const v = w.verify(std::move(what));
    EXPECT_EQ(v.status, status::error);
    EXPECT_EQ(v.reason, reason::bad_request);
    EXPECT_NE(v.message.find("a question has a route or a HOST, not both"), std::string::npos) << v.message;
    EXPECT_TRUE(w.net.connects.empty());
}

TEST(client, events_of_two_hosts) {  // SE-002, SE-004, SE-037
    callout_world w;
    serve_two(w, callout_peer("421 busy\r\n"), callout_peer());
    watch seen;
    w.verify(asking("ann@example.org", &seen));
    EXPECT_EQ(
        seen.only({"connected", "disconnected", "server_closing", "next_address", "mail_status",
                   "rcpt_status", "session_done"}),
        (std::vector<std::string>{"connected", "server_closing", "disconnected", "next_address", "connected",
                                  "mail_status", "rcpt_status", "disconnected", "session_done"}));
    EXPECT_EQ(seen.causes.front(), event::disconnected::cause::server_421);
}

TEST(client, observer_may_leave_it_at_one_host) {
    callout_world w;
    serve_two(w, callout_peer("421 busy\r\n"), callout_peer());
    watch seen;
    seen.next = event::next_address::decision::quit;
    auto const v = w.verify(asking("ann@example.org", &seen));
    EXPECT_EQ(v.status, status::transient);
    EXPECT_EQ(w.net.connects.size(), 1u);
}

TEST(client, observer_that_throws_ends_the_session) {  // SE-025, SE-005
    for (auto const* at : {"connected", "greeted", "mail_status", "rcpt_status"}) {
        callout_world w;
        serve_two(w, callout_peer(), callout_peer());
        watch seen;
        seen.throws_at = at;
        auto const v = w.verify(asking("ann@example.org", &seen));
        EXPECT_NE(v.status, status::fail);
        EXPECT_EQ(w.net.connects.size(), 1u);
        EXPECT_EQ(seen.count("disconnected"), 1u) << at;
        EXPECT_EQ(seen.names.back(), "session_done");
        bool const over = std::string_view(at) == "rcpt_status";  // the verdict was there
        auto const why = over ? event::disconnected::cause::quit : event::disconnected::cause::cancelled;
        EXPECT_EQ(seen.causes, std::vector{why}) << at;
    }
}

TEST(client, missing_triplet_is_warned_of_and_may_end_it) {  // SE-035
    auto const peer =
        callout_peer().on("EHLO", "250-mx\r\n250 ENHANCEDSTATUSCODES\r\n").on("RCPT", "250 ok\r\n");
    callout_world patient;
    patient.serve("example.org", peer);
    watch seen;
    EXPECT_EQ(patient.verify(asking("ann@example.org", &seen)).status, status::pass);
    EXPECT_EQ(seen.only({"syntax_warning", "mail_status", "rcpt_status"}),
              (std::vector<std::string>{"mail_status", "syntax_warning", "rcpt_status"}));
    callout_world strict;
    strict.serve("example.org", peer);
    watch refusing;
    refusing.syntax = event::syntax_warning::decision::quit;
    EXPECT_EQ(strict.verify(asking("ann@example.org", &refusing)).status, status::error);
    EXPECT_EQ(refusing.count("rcpt_status"), 0u);
    EXPECT_EQ(refusing.causes, std::vector{event::disconnected::cause::decision});
    strict.run_to_the_end();
    EXPECT_TRUE(heard(strict).ends_with("QUIT\r\n"));
}

TEST(client, failed_handshake_goes_on_in_clear_and_is_remembered) {  // CO-050, SE-065, SE-066, Z032
    callout_world w;
    w.options.tls = tls_use::may;
    w.serve("example.org", callout_peer().offer_tls(test::handshake::fails));
    watch seen;
    EXPECT_EQ(w.verify(asking("ann@example.org", &seen)).status, status::pass);
    EXPECT_EQ(w.net.connects.size(), 2u);
    EXPECT_EQ(seen.only({"tls_starting", "tls_failed", "disconnected", "connected", "tls_up"}),
              (std::vector<std::string>{"connected", "tls_starting", "tls_failed", "disconnected",
                                        "connected", "disconnected"}));
    w.verify(asking("bob@example.org"));
    EXPECT_EQ(w.net.connects.size(), 3u);  // at once in clear
    EXPECT_EQ(count(heard(w), "STARTTLS"), 1u);
}

TEST(client, observer_may_leave_a_host_whose_tls_fails) {
    callout_world w;
    w.options.tls = tls_use::may;
    serve_two(w, callout_peer().offer_tls(test::handshake::fails), callout_peer());
    watch seen;
    seen.tls = after_tls_failure::quit;
    auto const v = w.verify(asking("ann@example.org", &seen));
    EXPECT_EQ(v.reason, reason::via_backup);
    EXPECT_EQ(w.net.connects, (std::vector<std::string>{"192.0.2.10", "192.0.2.20"}));
}

TEST(client, lost_commands_are_said_again_one_by_one_and_that_is_remembered) {  // Z060
    callout_world w;
    auto peer = callout_peer();
    w.serve("example.org", peer.lose_pipelined());
    EXPECT_EQ(w.verify(asking("ann@example.org")).status, status::pass);
    EXPECT_EQ(w.net.connects.size(), 2u);
    EXPECT_EQ(w.verify(asking("bob@example.org")).status, status::pass);
    EXPECT_EQ(w.net.connects.size(), 3u);
}

TEST(client, unsolicited_farewell_is_nobodys_answer) {  // SE-088
    callout_world w;
    w.serve("example.org", callout_peer().on("EHLO", "250 mx\r\n421 4.3.2 going down\r\n"));
    watch seen;
    auto const v = w.verify(asking("ann@example.org", &seen));
    EXPECT_EQ(v.status, status::transient);
    EXPECT_EQ(v.reason, reason::closed);
    EXPECT_EQ(seen.count("server_closing"), 1u);
    EXPECT_EQ(seen.count("mail_status") + seen.count("rcpt_status"), 0u);
}

TEST(client, unsolicited_reply_ends_the_session) {  // smtp-engine.md B.4
    callout_world w;
    w.serve("example.org", callout_peer().on("EHLO", "250 mx\r\n250 ok\r\n250 ok\r\n"));
    EXPECT_EQ(w.verify(asking("ann@example.org")).reason, reason::protocol);
}

TEST(client, requirement_of_tls_that_is_not_offered) {  // SE-024, SE-030
    callout_world w;
    w.serve("example.org", callout_peer());
    watch seen;
    auto what = asking("ann@example.org", &seen);
    what.tls = tls_use::require;
    EXPECT_EQ(w.verify(std::move(what)).status, status::error);
    EXPECT_EQ(seen.count("extension_missing"), 1u);
    w.run_to_the_end();
    EXPECT_TRUE(heard(w).ends_with("QUIT\r\n"));
    EXPECT_EQ(heard(w).find("MAIL"), std::string::npos);
}

TEST(client, farewell_of_a_random_recipient_leaves_the_target_without_a_reply) {  // SE-089
    callout_world w;
    w.serve("example.org", callout_peer("220 mx\r\n").on("EHLO", "250 mx\r\n").on("RCPT", "421 enough\r\n"));
    watch seen;
    auto what = asking("ann@example.org", &seen);
    what.tests.random = true;
    what.cache = cache_use::none;
    w.verify(std::move(what));
    ASSERT_EQ(seen.recipients.size(), 2u);  // the target on a connection of its own
    EXPECT_EQ(w.net.connects.size(), 2u);
    EXPECT_EQ(seen.recipients[1], "ann@example.org");
}

TEST(client, farewell_without_a_triplet_is_a_clean_end) {  // SE-036
    callout_world w;
    w.serve("example.org",
            callout_peer().on("EHLO", "250-mx\r\n250 ENHANCEDSTATUSCODES\r\n").on("QUIT", "221 bye\r\n"));
    watch seen;
    w.verify(asking("ann@example.org", &seen));
    EXPECT_EQ(seen.count("syntax_warning"), 0u);
    EXPECT_EQ(seen.causes, std::vector{event::disconnected::cause::quit});
}

TEST(client, patient_timers_are_those_of_the_standard) {  // SE-092, SE-093
    auto const& t = engine_options().hard;
    for (auto const phase : {t.greeting, t.helo, t.mail, t.rcpt}) EXPECT_GE(phase, 300s);
}

TEST(client, verdicts_of_a_callout) {  // SE-094, SE-095, SE-097
    struct one {
        std::string_view reply;
        status expected;
    };
    for (auto const& [reply, expected] :
         {one{"250 ok", status::pass}, one{"251 will forward", status::pass},
          one{"252 will try", status::pass}, one{"550 5.1.1 no", status::fail},
          one{"450 no", status::transient}, one{"451 no", status::transient},
          one{"452 no", status::transient}, one{"550 5.7.1 no", status::error}}) {
        callout_world w;
        w.serve("example.org", callout_peer().on("RCPT", std::string(reply) + "\r\n"));
        EXPECT_EQ(w.verify(asking("ann@example.org")).status, expected) << reply;
        w.run_to_the_end();
        for (auto const* word : {"DATA", "BDAT", "VRFY", "EXPN"})
            EXPECT_EQ(heard(w).find(word), std::string::npos);
    }
    callout_world w;
    w.serve("example.org", callout_peer("521 no mail here\r\n"));
    EXPECT_EQ(w.verify(asking("ann@example.org")).reason, reason::no_service);
    EXPECT_EQ(heard(w).find("RCPT"), std::string::npos);
}

TEST(client, drip_ends_with_its_phase) {  // SE-091, CO-133, Z069
    callout_world w;
    w.serve("example.org", callout_peer().drip(1, 900ms));
    w.options.soft.greeting = 6s;
    w.options.limits.background_limit = 0;
    auto const since = w.clock.now();
    EXPECT_EQ(w.verify(asking("ann@example.org")).reason, reason::timeout);
    EXPECT_EQ(w.clock.now() - since, 6s);
}

TEST(client, session_serves_only_what_would_be_asked_in_the_same_way) {  // CO-128
    auto const plain = [] {
        auto what = asking("ann@example.org");
        what.cache = cache_use::none;
        what.tls = tls_use::never;
        what.route = {route_host(test::host("192.0.2.10"), 25)};
        return what;
    };
    struct {
        std::string_view what;
        void (*change)(request&);
        std::size_t connections;
    } const cases[] = {
        {"the same", [](request&) {}, 1},
        {"TLS where it is offered", [](request& r) { r.tls = tls_use::may; }, 2},
        {"TLS or nothing", [](request& r) { r.tls = tls_use::require; }, 2},
        {"another sender",
         [](request& r) { r.senders.emplace_back(mailbox::parse("verify@example.net").value()); }, 2},
        {"another port", [](request& r) { r.route = {route_host(test::host("192.0.2.10"), 2525)}; }, 2},
        {"another address", [](request& r) { r.route = {route_host(test::host("192.0.2.11"), 25)}; }, 2},
        {"another protocol",
         [](request& r) { r.route = {route_host(test::host("192.0.2.10"), 25, protocol::lmtp)}; }, 2},
        {"another name of ours", [](request& r) { r.helo = test::helo("other.example.net"); }, 2},
    };
    for (auto const& one : cases) {
        callout_world w;
        w.options.reuse_sessions = true;
        for (auto const* address : {"192.0.2.10", "192.0.2.11"})
            w.net.put(address,
                      callout_peer().offer_tls().on("LHLO", "250-mx.example.org\r\n250 PIPELINING\r\n"));
        EXPECT_EQ(w.verify(plain()).status, status::pass) << one.what;
        auto second = plain();
        one.change(second);
        EXPECT_EQ(w.verify(second).status, status::pass) << one.what;
        ASSERT_EQ(w.net.connections.size(), one.connections) << one.what;
        bool const wants_tls = second.tls != tls_use::never;
        EXPECT_FALSE(w.net.connections.front().wish) << one.what;
        EXPECT_EQ(w.net.connections.back().wish.has_value(), wants_tls) << one.what;
        EXPECT_EQ(count(w.net.connections.front().heard, "STARTTLS"), 0u) << one.what;
    }
}

/// It would be found dead by the first command, one round trip later.
TEST(client, session_that_its_peer_has_ended_is_not_taken) {  // Z109
    auto const hangs_up = callout_peer().hang_up_after("RCPT TO:<first@");
    auto const says_so = callout_peer().on("RCPT TO:<first@", "250 ok\r\n421 4.4.2 idle\r\n").drip(8, 0ms);
    for (auto const& peer : {hangs_up, says_so}) {
        callout_world w;
        w.options.reuse_sessions = true;
        w.serve("example.org", peer);
        EXPECT_EQ(w.verify("first@example.org").status, status::pass);
        watch seen;
        EXPECT_EQ(w.verify(asking("ann@example.org", &seen)).status, status::pass);
        EXPECT_EQ(seen.count("connected"), 1u);
        EXPECT_EQ(w.net.connections.size(), 2u);
    }
}

/// CO-048, SE-067, Z036: they are somebody else's, whether they came with the 220 or right after it.
TEST(client, no_handshake_begins_while_bytes_in_clear_are_unread) {
    for (std::size_t const piece : {std::size_t(4096), std::string_view("220 go\r\n").size()}) {
        callout_world w;
        w.serve("example.org",
                callout_peer().offer_tls().on("STARTTLS", "220 go\r\n250 injected\r\n").drip(piece, 0ms));
        auto what = asking("ann@example.org");
        what.tls = tls_use::may;
        EXPECT_EQ(w.verify(std::move(what)).reason, reason::protocol);
        EXPECT_FALSE(w.net.connections.front().wish) << piece;
        EXPECT_EQ(w.net.connections.size(), 1u);
    }
}

TEST(client, handshake_that_never_ends_leads_to_clear_text) {  // Z033, CO-050
    callout_world w;
    w.serve("example.org", callout_peer().offer_tls(test::handshake::hangs));
    auto what = asking("ann@example.org");
    what.tls = tls_use::may;
    auto const v = w.verify(std::move(what));
    EXPECT_EQ(v.status, status::pass);
    EXPECT_EQ(v.elapsed, w.options.soft.starttls);
    ASSERT_EQ(w.net.connections.size(), 2u);
    EXPECT_TRUE(w.net.connections.front().wish);
    EXPECT_FALSE(w.net.connections.back().wish);
    EXPECT_EQ(w.net.connections.front().wish->server_name, "mx1.example.org");
    EXPECT_EQ(w.net.connections.front().wish->minimum, w.options.tls_min_version);
}
