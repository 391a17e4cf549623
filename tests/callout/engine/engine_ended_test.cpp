// Waiting until an engine has nothing under way any more.

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include "callout/engine.hpp"
#include "support/callout_world.hpp"

using namespace callout;
using test::callout_peer;
using test::callout_world;
using namespace std::chrono_literals;

namespace {

/// One who waits for the end, and what became of it.
class waiter {
public:
    explicit waiter(callout_world& w) {
        boost::asio::co_spawn(
            w.context, w.engine().ended(),
            boost::asio::bind_cancellation_slot(abort.slot(), [this, &w](std::exception_ptr const& thrown) {
                over = true;
                failed = thrown != nullptr;
                when = w.clock.now();
            }));
    }
    waiter(waiter const&) = delete;

    boost::asio::cancellation_signal abort;
    bool over = false;
    bool failed = false;
    steady_time when;
};

/// Runs what is due now, while the time stands still.
void run_what_is_due(callout_world& w) {
    w.let_pass(0ms);
}

}  // namespace

TEST(engine_ended, is_at_once_when_nothing_is_under_way) {
    callout_world w;
    auto const begun = w.clock.now();
    waiter const end(w);
    run_what_is_due(w);
    EXPECT_TRUE(end.over);
    EXPECT_FALSE(end.failed);
    EXPECT_EQ(end.when, begun);
}

TEST(engine_ended, is_when_the_last_session_has_taken_its_leave) {
    callout_world w;
    w.serve("example.org", callout_peer().on("QUIT", ""));
    w.verify("ann@example.org");
    auto const answered = w.clock.now();
    waiter const end(w);
    run_what_is_due(w);
    EXPECT_FALSE(end.over) << "a session takes its leave";
    w.run_to_the_end();
    EXPECT_TRUE(end.over);
    EXPECT_EQ(end.when - answered, w.options.soft.quit);
    EXPECT_EQ(w.clock.now(), end.when) << "waiting for the end moves no simulated time";
}

TEST(engine_ended, is_when_the_last_callout_is_over) {
    callout_world w;
    w.serve("example.org", callout_peer("554 5.7.1 we know you\r\n").hang_up_after("QUIT"));
    w.dns.delay = 1s;
    std::optional<verification> v;
    w.ask("nobody@missing.example", 30s, v);
    run_what_is_due(w);
    waiter const end(w);
    w.run_to_the_end();
    EXPECT_TRUE(end.over);
    EXPECT_EQ(v->reason, reason::no_domain);
    EXPECT_EQ(w.clock.now(), end.when);
}

TEST(engine_ended, is_told_to_all_who_wait_and_they_wait_for_what_begins_meanwhile) {
    callout_world w;
    w.serve("example.org", callout_peer().drip(4096, 1s));
    std::optional<verification> first, second;
    w.ask("ann@example.org", 30s, first);
    run_what_is_due(w);
    waiter const one(w), other(w);
    w.run_until([&] { return first.has_value(); });
    w.ask("bob@example.org", 30s, second);
    w.run_until([&] { return second.has_value(); });
    EXPECT_FALSE(one.over);
    EXPECT_FALSE(other.over);
    w.run_to_the_end();
    EXPECT_TRUE(one.over);
    EXPECT_TRUE(other.over);
    EXPECT_TRUE(w.engine().idle());
}

TEST(engine_ended, is_soon_after_the_engine_was_stopped) {
    callout_world w;
    w.options.reuse_sessions = true;
    w.serve("example.org", callout_peer().hang_up_after("QUIT"));
    w.serve("example.net", callout_peer().on("RCPT", "450 4.2.0 Greylisted\r\n").hang_up_after("QUIT"),
            "192.0.2.20");
    w.serve("example.com", callout_peer(""), "192.0.2.30");
    w.verify("ann@example.org");
    w.verify("bob@example.net");
    std::optional<verification> v;
    w.ask("carl@example.com", 30s, v);
    run_what_is_due(w);
    waiter const end(w);
    run_what_is_due(w);
    EXPECT_FALSE(end.over);
    auto const begun = w.clock.now();
    w.engine().stop();
    w.run_to_the_end();
    EXPECT_TRUE(end.over);
    EXPECT_EQ(end.when, begun);
    EXPECT_EQ(w.clock.now(), begun);
}

TEST(engine_ended, is_not_before_the_alarm_for_retries_is_taken_back) {
    callout_world w;
    w.serve("example.net", callout_peer().on("RCPT", "450 4.2.0 Greylisted\r\n"));
    w.verify("bob@example.net");
    w.run_until([&] { return w.engine().idle(); });
    EXPECT_EQ(w.engine().numbers().retries, 1u) << "the next question to the host is in minutes";
    w.engine().stop();
    EXPECT_FALSE(w.engine().idle());
    waiter const end(w);
    run_what_is_due(w);
    EXPECT_TRUE(end.over);
}

TEST(engine_ended, is_no_more_waited_for_by_one_who_is_cancelled) {
    callout_world w;
    w.serve("example.org", callout_peer().drip(4096, 1s));
    std::optional<verification> v;
    w.ask("ann@example.org", 30s, v);
    run_what_is_due(w);
    waiter hasty(w), patient(w);
    run_what_is_due(w);
    hasty.abort.emit(boost::asio::cancellation_type::terminal);
    run_what_is_due(w);
    EXPECT_TRUE(hasty.over);
    EXPECT_TRUE(hasty.failed);
    EXPECT_FALSE(patient.over);
    w.run_to_the_end();
    EXPECT_TRUE(patient.over);
    EXPECT_FALSE(patient.failed);
}

TEST(engine_ended, is_told_although_the_engine_is_destroyed) {
    callout_world w;
    w.serve("example.org", callout_peer().drip(4096, 1s));
    std::optional<verification> v;
    w.ask("ann@example.org", 30s, v);
    w.run_until([&] { return !w.net.connects.empty(); });
    waiter const end(w);
    run_what_is_due(w);
    w.restart();
    EXPECT_FALSE(end.over);
    w.run_to_the_end();
    EXPECT_TRUE(end.over);
}

/// As in a program that ends while somebody waits: the engine goes, and then its executor, with a session.
TEST(engine_ended, is_waited_for_until_the_executor_goes) {
    std::optional<boost::asio::io_context> context(1);
    callout::testing::virtual_clock clock(*context);
    callout::testing::memory_net net(clock);
    callout::testing::zone dns(clock);
    callout::testing::seeded_random chance;
    dns.mx("example.org", 10, "mx1.example.org");
    dns.address("mx1.example.org", "192.0.2.10");
    net.put("192.0.2.10", callout_peer());
    engine_options options;
    options.destinations.deny_special_purpose = false;
    std::optional<engine> asked(std::in_place, context->get_executor(),
                                world{clock, net, dns, chance, nullptr}, options);
    bool answered = false, over = false;
    boost::asio::co_spawn(*context, asked->verify(request(test::box("ann@example.org")), clock.now() + 30s),
                          [&](std::exception_ptr const&, verification const&) { answered = true; });
    for (int i = 0; i < 2; ++i) {
        boost::asio::co_spawn(*context, asked->ended(), [&](std::exception_ptr const&) { over = true; });
    }
    context->poll();
    EXPECT_TRUE(answered);
    EXPECT_EQ(asked->numbers().sessions_kept, 1u);
    asked.reset();
    context.reset();
    EXPECT_FALSE(over);
}
