// What an engine says that it has in hand, and that it lets go of it.

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include "callout/engine.hpp"
#include "support/callout_world.hpp"

using namespace callout;
using test::callout_peer;
using test::callout_world;
using namespace std::chrono_literals;

TEST(engine_numbers, say_what_is_under_way) {
    callout_world w;
    w.options.reuse_sessions = true;
    w.options.limits = politeness_limits::lifted();
    w.options.limits.max_parallel_per_domain = 1;
    w.dns.delay = 100ms;
    w.serve("example.org", callout_peer().drip(4096, 1s));
    std::optional<verification> first, second;
    w.ask("ann@example.org", 500ms, first);
    w.ask("bob@example.org", 30s, second);
    w.run_until([&] { return !w.dns.asked.empty(); });
    EXPECT_EQ(w.engine().numbers().dns_questions, 1u) << "both wait for one answer";
    w.run_until([&] { return first.has_value(); });
    auto now = w.engine().numbers();
    EXPECT_EQ(now.callouts, 2u);
    EXPECT_EQ(now.in_background, 1u) << "nobody waits for the first one any more";
    EXPECT_EQ(now.running, 2u) << "the first one holds a place of its domain and one of its connection";
    EXPECT_EQ(now.waiting, 1u);
    EXPECT_EQ(now.waiting_by_limit, (waiting_numbers{.for_domain = 1}));
    EXPECT_EQ(now.calls, 1u);
    EXPECT_EQ(now.dns_questions, 0u);
    EXPECT_EQ(now.sessions, 0u);
    EXPECT_NONFATAL_FAILURE(test::expect_nothing_left(w.engine()),
                            "callouts under way: 2, callouts in the background: 1, "
                            "callouts and connections that run: 2, callouts and connections that wait: 1, "
                            "connections over which somebody is asked: 1\"");
    w.run_until([&] { return second.has_value(); });
    now = w.engine().numbers();
    EXPECT_EQ(now.callouts + now.in_background, 0u);
    EXPECT_EQ(now.sessions, 1u);
    EXPECT_EQ(now.sessions_kept, 1u);
    EXPECT_EQ(now.sessions_leaving, 0u);
    EXPECT_EQ(now.running + now.waiting + now.calls, 0u);
}

TEST(engine_numbers, callout_that_is_over_gives_its_place_in_the_background_back) {  // RS-086, RS-087
    callout_world w;
    w.options.limits.background_limit = 1;
    w.serve("example.org", callout_peer().on("RCPT", ""));
    for (auto const* address : {"ann@example.org", "bob@example.org", "carl@example.org"}) {
        EXPECT_EQ(w.verify(address).reason, reason::in_progress) << address;
        EXPECT_EQ(w.engine().numbers().in_background, 1u) << address;
        w.run_to_the_end();
        EXPECT_EQ(w.engine().numbers().in_background, 0u) << address;
    }
}

TEST(engine_numbers, callout_in_the_background_that_ends_at_once_leaves_no_trace) {  // RS-086, RS-087
    callout_world w;
    w.options.limits.background_limit = 1;
    w.options.lifetimes.jitter_percent = 0;
    w.serve("example.org", callout_peer().on("RCPT", "550 5.1.1 no such user\r\n"));
    for (int i = 0; i < 3; ++i) {
        w.verify("ann@example.org");
        w.let_pass(31min);  // half of its life is over, so the next answer is refreshed
        EXPECT_EQ(w.verify("ann@example.org").cached, freshness::cached);
        w.run_to_the_end();
        EXPECT_EQ(w.engine().numbers().in_background, 0u);
        EXPECT_EQ(w.net.connects.size(), std::size_t(i) + 2);
    }
}

TEST(engine_numbers, retries_to_come_have_room_of_their_own) {  // RS-086
    callout_world w;
    w.options.limits.background_limit = 1;
    w.serve("example.org", callout_peer().on("RCPT", "450 4.2.0 Greylisted\r\n"));
    w.serve("example.net", callout_peer().on("RCPT", ""), "192.0.2.20");
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::greylisted);
    EXPECT_EQ(w.engine().numbers().retries, 1u);
    EXPECT_EQ(w.verify("bob@example.org").reason, reason::greylisted);
    EXPECT_EQ(w.engine().numbers().retries, 1u) << "there is no room for a second one";
    EXPECT_EQ(w.verify("ann@example.net").reason, reason::in_progress) << "the hard phase is another room";
    EXPECT_EQ(w.verify("bob@example.net").reason, reason::timeout) << "which is full now";
    w.run_to_the_end();
    EXPECT_EQ(w.engine().numbers().retries, 0u);
}

TEST(engine_numbers, count_a_session_that_takes_its_leave) {
    callout_world w;
    w.serve("example.org", callout_peer().on("QUIT", ""));
    EXPECT_EQ(w.verify("ann@example.org").status, status::pass);
    EXPECT_FALSE(w.engine().idle());
    EXPECT_EQ(w.engine().numbers().sessions, 1u);
    EXPECT_EQ(w.engine().numbers().sessions_kept, 0u);
    EXPECT_EQ(w.engine().numbers().sessions_leaving, 1u);
    auto const begun = w.clock.now();
    w.run_until([&] { return w.engine().idle(); });
    EXPECT_TRUE(w.engine().idle());
    EXPECT_EQ(w.clock.now() - begun, w.options.soft.quit);
}

TEST(engine_numbers, tell_apart_what_is_waited_for) {  // CO-155
    struct limited {
        void (*set)(politeness_limits&);
        waiting_numbers expected;
    };
    auto const cases = std::to_array<limited>({
        {[](politeness_limits& l) { l.max_parallel = 1; }, {.for_connections = 1}},
        {[](politeness_limits& l) { l.max_parallel_per_domain = 1; }, {.for_domain = 1}},
        {[](politeness_limits& l) { l.max_parallel_per_organisation = 1; }, {.for_organisation = 1}},
        {[](politeness_limits& l) { l.max_parallel_per_address = 1; }, {.for_address = 1}},
        {[](politeness_limits& l) { l.asker_rate = {1, 20s}; }, {.for_asker = 1}},
        {[](politeness_limits& l) { l.max_chains = 1; }, {.for_chain = 1}},
    });
    for (auto const& one : cases) {
        callout_world w;
        w.options.limits = politeness_limits::lifted();
        one.set(w.options.limits);
        w.serve("example.org", callout_peer().drip(4096, 1s));
        std::optional<verification> first, second;
        for (auto const& [address, into] :
             {std::pair("ann@example.org", &first), {"bob@example.org", &second}}) {
            request what(test::box(address));
            what.who.client = test::ip("198.51.100.1");
            w.ask(what, 30s, *into);
        }
        w.run_until([&] { return w.engine().numbers().waiting > 0; });
        EXPECT_EQ(w.engine().numbers().waiting_by_limit, one.expected);
        w.run_until([&] { return second.has_value(); });
        EXPECT_EQ(w.engine().numbers().waiting_by_limit, waiting_numbers());
    }
}

TEST(engine_numbers, count_what_is_kept_in_memory) {
    callout_world w;
    w.serve("example.org", callout_peer());
    w.serve("example.net", callout_peer("554 5.7.1 we know you\r\n"), "192.0.2.20");
    w.dns.mx("example.com", 0, "");
    auto before = w.engine().numbers().memory;
    EXPECT_EQ(before.addresses, kept_numbers());
    EXPECT_EQ(before.dns_answers, 0u);
    request tested(test::box("ann@example.org"));
    tested.tests.random = true;
    w.verify(tested);
    w.verify("bob@example.org");
    w.verify("carl@example.net");
    w.verify("dora@example.com");
    auto const now = w.engine().numbers().memory;
    EXPECT_EQ(now.addresses.entries, 2u);
    EXPECT_EQ(now.domains.entries, 1u) << "example.com takes no mail";
    EXPECT_EQ(now.remotes.entries, 1u) << "192.0.2.20 refuses us";
    EXPECT_GT(now.addresses.bytes, 2 * sizeof(verification));
    EXPECT_GT(now.domains.bytes, sizeof(verification));
    EXPECT_GT(now.remotes.bytes, sizeof(verification));
    EXPECT_EQ(now.facts, 1u) << "whether example.org takes everything";
    EXPECT_EQ(now.dns_answers, 7u) << "MX of three domains, A and AAAA of two hosts";
}

TEST(engine_numbers, stopped_engine_has_no_retry_to_come) {  // RS-086
    callout_world w;
    w.serve("example.org", callout_peer().on("RCPT", "450 4.2.0 Greylisted\r\n"));
    w.verify("ann@example.org");
    EXPECT_EQ(w.engine().numbers().retries, 1u);
    w.engine().stop();
    EXPECT_EQ(w.engine().numbers().retries, 0u);
    w.let_pass(4h);
    EXPECT_EQ(w.net.connects.size(), 1u);
}
