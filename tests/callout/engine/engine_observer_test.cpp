// What an engine tells its observer: of every question, by number, with what it is for and why it is asked.

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
using cause = event::disconnected::cause;

namespace {

request about(std::string_view address, purpose wanted = purpose::sender) {
    request what(test::box(address));
    what.purpose = wanted;
    return what;
}

/// Notes how the stories of one asker end.
class asker_observer : public observer {
public:
    void on(any_event const& what, steady_time) override {
        if (auto const* end = std::get_if<event::session_done>(&what)) ends.push_back(end->verdict.reason);
    }
    std::vector<reason> ends;
};

boost::asio::awaitable<void> ask(engine& asked, std::string address, steady_time until) {
    (void)co_await asked.verify(about(address), until);
}

}  // namespace

TEST(engine_observer, is_told_of_a_question_from_its_first_look_to_its_verdict) {
    callout_world w;
    w.serve("example.org", callout_peer());
    w.verify(about("ann@example.org", purpose::recipient));
    auto const& story = w.stories.at(1);
    EXPECT_EQ(story.names.front(), "cache_looked_up");
    EXPECT_TRUE(story.has("dns_answered"));
    EXPECT_TRUE(story.has("rcpt_status"));
    EXPECT_EQ(story.context.purpose, purpose::recipient);
    EXPECT_EQ(story.context.pace, mode::soft);
    EXPECT_EQ(story.context.why, question_cause::asked);
    EXPECT_FALSE(story.context.in_background);
    ASSERT_EQ(story.ends.size(), 1u);
    EXPECT_EQ(story.ends[0].status, status::pass);
}

TEST(engine_observer, is_told_of_a_question_that_the_cache_answers) {
    callout_world w;
    w.serve("example.org", callout_peer());
    w.verify("ann@example.org");
    w.verify("ann@example.org");
    auto const& story = w.stories.at(2);
    EXPECT_EQ(story.names, (std::vector<std::string>{"cache_looked_up", "session_done"}));
    EXPECT_EQ(story.ends[0].cached, freshness::cached);
}

TEST(engine_observer, is_told_of_a_refresh_in_the_background) {  // CO-145
    callout_world w;
    w.serve("example.org", callout_peer());
    w.verify("ann@example.org");
    w.let_pass(25h);
    w.verify(about("ann@example.org", purpose::recipient));
    w.run_to_the_end();
    ASSERT_EQ(w.stories.size(), 3u);
    auto const& refreshed = w.stories.at(3);
    EXPECT_EQ(refreshed.context.why, question_cause::refresh);
    EXPECT_EQ(refreshed.context.purpose, purpose::recipient) << "as who got the old answer";
    EXPECT_EQ(refreshed.context.pace, mode::hard);
    EXPECT_TRUE(refreshed.context.in_background);
    ASSERT_EQ(refreshed.ends.size(), 1u);
    EXPECT_EQ(refreshed.ends[0].status, status::pass);
}

TEST(engine_observer, is_told_of_a_host_that_is_asked_again_after_greylisting) {
    callout_world w;
    w.serve("example.org", callout_peer().on("RCPT", "450 4.2.0 Greylisted\r\n"));
    w.verify(about("ann@example.org", purpose::recipient));
    w.net.put("192.0.2.10", callout_peer());
    w.run_to_the_end();
    ASSERT_EQ(w.stories.size(), 2u);
    auto const& again = w.stories.at(2);
    EXPECT_EQ(again.context.why, question_cause::retry);
    EXPECT_EQ(again.context.purpose, purpose::recipient);
    EXPECT_TRUE(again.context.in_background);
    ASSERT_EQ(again.ends.size(), 1u);
    EXPECT_EQ(again.ends[0].status, status::pass);
}

TEST(engine_observer, is_told_of_the_hard_phase_as_a_question_of_its_own) {  // CO-134
    callout_world w;
    w.options.soft.greeting = 9s;
    w.serve("example.org", callout_peer().drip(4096, 8s));
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::in_progress);
    EXPECT_EQ(w.stories.at(1).context.pace, mode::soft);
    EXPECT_EQ(w.stories.at(1).ends.at(0).reason, reason::in_progress);
    w.run_to_the_end();
    ASSERT_EQ(w.stories.size(), 2u);
    auto const& patient = w.stories.at(2);
    EXPECT_EQ(patient.context.why, question_cause::gone_on);
    EXPECT_EQ(patient.context.pace, mode::hard);
    EXPECT_TRUE(patient.context.in_background);
    EXPECT_EQ(patient.ends.at(0).status, status::pass);
}

TEST(engine_observer, follows_a_callout_whose_asker_left) {
    callout_world w;
    w.serve("example.org", callout_peer().drip(4096, 1s));
    asker_observer own;
    EXPECT_EQ(w.verify("ann@example.org", 1500ms, cache_use::normal, &own).reason, reason::in_progress);
    EXPECT_EQ(own.ends, std::vector<reason>{reason::in_progress});
    EXPECT_TRUE(w.stories.at(1).ends.empty()) << "it goes on";
    w.run_to_the_end();
    ASSERT_EQ(w.stories.size(), 1u);
    auto const& story = w.stories.at(1);
    EXPECT_EQ(story.context.why, question_cause::gone_on);
    EXPECT_TRUE(story.context.in_background);
    ASSERT_EQ(story.ends.size(), 1u);
    EXPECT_EQ(story.ends[0].status, status::pass);
    EXPECT_EQ(story.causes, std::vector<cause>{cause::quit}) << "the asker's leaving disconnects nobody";
    EXPECT_EQ(own.ends.size(), 1u);
}

TEST(engine_observer, is_told_whom_a_joined_asker_waits_with) {  // CO-143
    callout_world w;
    w.serve("example.org", callout_peer().drip(4096, 1s));
    std::optional<verification> first, second, hasty;
    w.ask("ann@example.org", 30s, first);
    w.ask("ann@example.org", 30s, second);
    w.ask("ann@example.org", 500ms, hasty);
    w.run_to_the_end();
    ASSERT_EQ(w.stories.size(), 3u);
    EXPECT_EQ(w.stories.at(1).joined, std::nullopt);
    EXPECT_EQ(w.stories.at(2).joined, 1u);
    EXPECT_FALSE(w.stories.at(2).has("dns_answered"));
    EXPECT_EQ(w.stories.at(2).ends.at(0).status, status::pass);
    EXPECT_EQ(w.stories.at(2).ends.at(0).elapsed, second->elapsed);
    EXPECT_EQ(w.stories.at(3).joined, 1u);
    EXPECT_EQ(w.stories.at(3).ends.at(0).reason, reason::in_progress);
    EXPECT_EQ(w.stories.at(1).context.why, question_cause::asked) << "somebody waited to the end";
}

TEST(engine_observer, sees_that_somebody_waits_for_a_callout_of_the_background) {
    callout_world w;
    w.options.soft.greeting = 9s;
    w.serve("example.org", callout_peer().drip(4096, 8s));
    w.verify("ann@example.org");
    EXPECT_TRUE(w.stories.at(2).context.in_background);
    EXPECT_EQ(w.verify("ann@example.org", 40s).status, status::pass);
    EXPECT_EQ(w.stories.at(3).joined, 2u);
    EXPECT_FALSE(w.stories.at(2).context.in_background);
    EXPECT_EQ(w.stories.at(2).context.why, question_cause::gone_on);
}

TEST(engine_observer, is_told_the_end_of_a_joined_asker_who_was_cancelled) {  // CO-137
    callout_world w;
    w.serve("example.org", callout_peer().drip(4096, 1s));
    std::optional<verification> first;
    w.ask("ann@example.org", 30s, first);
    boost::asio::cancellation_signal abort;
    boost::asio::co_spawn(
        w.context, ask(w.engine(), "ann@example.org", w.clock.now() + 30s),
        boost::asio::bind_cancellation_slot(abort.slot(), [](std::exception_ptr const&) {}));
    w.run_until([&] { return !w.net.connects.empty(); });
    EXPECT_TRUE(w.stories.at(2).ends.empty());
    abort.emit(boost::asio::cancellation_type::terminal);
    w.run_until([&] { return first.has_value(); });
    EXPECT_EQ(w.stories.at(2).ends.at(0).reason, reason::in_progress);
    EXPECT_EQ(w.stories.at(1).ends.at(0).status, status::pass);
}

TEST(engine_observer, is_told_all_ends_when_the_engine_stops) {
    callout_world w;
    w.serve("example.org", callout_peer().drip(4096, 1s));
    std::optional<verification> first, joined, later;
    w.ask("ann@example.org", 30s, first);
    w.ask("ann@example.org", 30s, joined);
    w.run_until([&] { return !w.net.heard.empty(); });
    w.engine().stop();
    ASSERT_EQ(w.stories.size(), 2u);
    w.stories.expect_ended();
    EXPECT_EQ(w.stories.at(1).causes, std::vector<cause>{cause::cancelled});
    EXPECT_EQ(w.stories.at(1).ends.at(0).reason, reason::in_progress);
    EXPECT_EQ(w.stories.at(2).ends.at(0).reason, reason::in_progress);
    w.ask("ann@example.org", 30s, later);
    w.run_to_the_end();
    EXPECT_EQ(w.stories.at(3).ends.at(0).reason, reason::in_progress) << "a stopped engine answers still";
}

TEST(engine_observer, is_of_no_more_use_to_an_engine_that_has_ended) {
    callout_world w;
    w.serve("example.org", callout_peer().drip(4096, 1s));
    std::optional<verification> v, late;
    w.ask("ann@example.org", 30s, v);
    w.run_until([&] { return !w.net.connects.empty(); });
    auto unasked = w.engine().verify(about("bob@example.org"), w.clock.now() + 30s);
    w.restart();
    boost::asio::co_spawn(w.context, std::move(unasked),
                          [&](std::exception_ptr const&, verification const& answer) { late = answer; });
    auto const told = w.stories.at(1).names.size();
    w.run_to_the_end();
    EXPECT_EQ(w.stories.size(), 1u);
    EXPECT_EQ(w.stories.at(1).names.size(), told);
    EXPECT_EQ(late->reason, reason::in_progress);
}

TEST(engine_observer, changes_no_verdict_by_what_it_throws) {
    callout_world w;
    w.stories.throws = true;
    w.options.soft.greeting = 9s;
    w.serve("example.org", callout_peer().drip(4096, 8s));
    w.serve("example.net", callout_peer().on("RCPT", "550 5.1.1 no such user\r\n"), "192.0.2.20");
    asker_observer own;
    EXPECT_EQ(w.verify("ann@example.net", 30s, cache_use::normal, &own).status, status::fail);
    EXPECT_EQ(own.ends, std::vector<reason>{reason::no_mailbox}) << "the asker's observer hears all";
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::in_progress);
    w.run_to_the_end();
    EXPECT_EQ(w.verify("ann@example.org").cached, freshness::cached);
    std::size_t events = 0;
    for (auto const& [number, story] : w.stories.all) events += story.names.size();
    EXPECT_GT(events, 20u) << "it is told of everything all the same";
    EXPECT_EQ(w.engine().numbers().observer_failures, events);
}
