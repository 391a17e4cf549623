// Somebody sets the clock. Memory lives by the steady clock, records by the time of day.

#include <gtest/gtest.h>

#include "callout/engine.hpp"
#include "core/facts.hpp"
#include "core/record.hpp"
#include "support/callout_world.hpp"

using namespace callout;
using test::callout_peer;
using test::callout_world;
using namespace std::chrono_literals;

namespace {

/// A clock whose time of day is set, while its steady time goes on.
class set_clock final : public callout::clock {
public:
    explicit set_clock(callout::clock& steady) : steady_(steady) {}
    steady_time now() const noexcept override { return steady_.now(); }
    system_time wall() const noexcept override { return steady_.wall() + ahead; }
    std::unique_ptr<callout::alarm> make_alarm() override { return steady_.make_alarm(); }
    std::chrono::seconds ahead{0};

private:
    callout::clock& steady_;
};

/// An engine that sees that clock, and a server that refuses Ann, so that this is known for an hour.
class world_whose_clock_is_set : public callout_world {
public:
    world_whose_clock_is_set() {
        options.lifetimes.negative = 1h;
        options.lifetimes.jitter_percent = 0;
        options.limits = politeness_limits::lifted();
        lasting = &store;
        serve("example.org", callout_peer().on("RCPT TO:<ann", "550 5.1.1 no such user\r\n"));
        start();
    }
    ~world_whose_clock_is_set() { run_to_the_end(); }
    /// The engine's process begins again.
    void start() {
        asked_.reset();
        world const sees{day, net, dns, chance, lasting, shared};
        asked_ = std::make_unique<callout::engine>(context.get_executor(), sees, options);
    }
    verification ask(std::string_view address) {
        request what(test::box(address));
        what.tests.random = tests_catch_all;
        what.cache = use;
        return run(asked_->verify(std::move(what), clock.now() + 30s));
    }
    set_clock day{clock};
    bool tests_catch_all = false;
    cache_use use = cache_use::normal;

private:
    std::unique_ptr<callout::engine> asked_;
};

constexpr auto key_of_ann = "v1:a:ann@example.org|<>|25";

}  // namespace

TEST(engine_clock, what_memory_holds_neither_ends_nor_comes_back) {  // RS-024, RS-112
    for (auto const step : {24h, -24h}) {
        world_whose_clock_is_set w;
        w.lasting = nullptr;
        w.start();
        w.tests_catch_all = true;
        w.ask("ann@example.org");
        w.ask("bob@example.org");
        w.let_pass(10min);
        w.use = cache_use::only;  // nothing is refreshed
        w.day.ahead = step;
        auto const v = w.ask("ann@example.org");
        EXPECT_EQ(v.cached, freshness::cached);
        EXPECT_EQ(v.age, 10min);
        EXPECT_EQ(v.kept_until, w.day.wall() + 50min) << "in the time of day that holds now";
        EXPECT_EQ(v.elapsed, 0ms);
        EXPECT_EQ(w.ask("bob@example.org").catch_all, known::yes) << "facts too";
        w.let_pass(49min);
        EXPECT_EQ(w.ask("ann@example.org").cached, freshness::cached);
        w.let_pass(1min);
        EXPECT_EQ(w.ask("ann@example.org").reason, reason::in_progress);
    }
}

TEST(engine_clock, record_from_the_future_is_none) {  // RS-024, RS-112
    for (auto const back : {30s, 60s, 61s, 24h / 1s * 1s}) {
        world_whose_clock_is_set w;
        w.ask("ann@example.org");
        w.day.ahead = -back;
        w.start();
        auto const v = w.ask("ann@example.org");
        EXPECT_EQ(v.cached, back <= 60s ? freshness::cached : freshness::live) << back.count();
        EXPECT_GE(v.age, 0s);
    }
}

TEST(engine_clock, facts_from_the_future_are_none) {  // RS-112
    for (auto const back : {60s, 61s}) {
        world_whose_clock_is_set w;
        w.tests_catch_all = true;
        w.ask("bob@example.org");
        w.store.erase("v1:a:bob@example.org|<>|25");
        auto const heard = w.net.heard.size();
        w.day.ahead = -back;
        w.start();
        w.ask("bob@example.org");
        std::size_t made_up = 0;
        for (auto i = heard; i < w.net.heard.size(); ++i)
            made_up += w.net.heard[i].find("RCPT TO:") != std::string::npos &&
                       w.net.heard[i].find("RCPT TO:<bob") == std::string::npos;
        EXPECT_EQ(made_up, back <= 60s ? 0u : 1u) << back.count();
    }
}

TEST(engine_clock, record_ends_by_the_time_of_day) {  // RS-112
    world_whose_clock_is_set w;
    w.ask("ann@example.org");
    w.day.ahead = 2h;
    w.start();
    EXPECT_EQ(w.ask("ann@example.org").cached, freshness::live);
}

// The clock of a machine without a battery is set after the start.
TEST(engine_clock, records_have_the_time_of_day_that_holds_when_they_are_written) {  // RS-112
    world_whose_clock_is_set w;
    w.day.ahead = 24h * 365;
    w.ask("ann@example.org");
    auto const kept = core::from_record(w.store.records.at(key_of_ann).value).value();
    EXPECT_LE(w.day.wall() - kept.stored, 1s + 500ms);
    EXPECT_LE(kept.expires - w.day.wall(), 1h);
    w.start();
    EXPECT_EQ(w.ask("ann@example.org").cached, freshness::cached);
}
