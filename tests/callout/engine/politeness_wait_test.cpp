// How those that wait for their turn are woken.

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <deque>
#include <vector>

#include "callout/testing/virtual_clock.hpp"
#include "engine/politeness.hpp"

using namespace callout;
using namespace std::chrono_literals;

namespace {

politeness_limits with_rates() {
    auto limits = politeness_limits::lifted();
    limits.max_parallel = 1000;
    limits.queue_limit = 1000;
    limits.domain_rate = {1, 10s};
    limits.address_rate = {1, 1s};
    return limits;
}

/// Those that wait for a place, in a time that the test moves.
class waiting_room {
public:
    /// Asks for a place, for as long as it takes. Returns the number of the asker.
    std::size_t ask(core::limited what, std::string name) {
        let_in_.emplace_back();
        patience_.emplace_back();
        auto& leaving = leaving_.emplace_back();
        boost::asio::co_spawn(context, wait(let_in_.size() - 1, core::claim(what, std::move(name))),
                              boost::asio::bind_cancellation_slot(leaving.slot(), boost::asio::detached));
        run();
        return let_in_.size() - 1;
    }
    /// The asker waits no longer.
    void leave(std::size_t asker) {
        leaving_[asker].emit(boost::asio::cancellation_type::terminal);
        run();
    }
    /// Somebody else ends the wait.
    void lose_patience(std::size_t asker) {
        patience_[asker].end();
        run();
    }
    std::size_t waiting() const { return manners_.waiting(); }
    /// When the asker was let in, since the beginning; nothing if it was not.
    std::optional<steady_time::duration> let_in(std::size_t asker) const { return let_in_[asker]; }

    /// Lets all happen that time alone brings. Returns how many handlers that took.
    std::size_t run_to_the_end() {
        std::size_t handlers = 0;
        while (time.advance_to_next_alarm()) handlers += run();
        return handlers;
    }

    boost::asio::io_context context;
    callout::testing::virtual_clock time{context};

private:
    std::size_t run() {
        context.restart();
        return context.poll();
    }
    boost::asio::awaitable<void> wait(std::size_t asker, core::claim wanted) {
        auto const until = time.now() + 1h;
        core::claims all;
        all.push_back(std::move(wanted));
        auto const place =
            co_await manners_.admit(std::move(all), core::party::unknown(), until, patience_[asker]);
        if (place) let_in_[asker] = time.now() - begun_;
    }

    politeness manners_{time, with_rates()};
    steady_time begun_ = time.now();
    std::vector<std::optional<steady_time::duration>> let_in_;
    std::deque<boost::asio::cancellation_signal> leaving_;
    std::deque<politeness::patience> patience_;
};

}  // namespace

TEST(politeness_wait, wakes_few_at_each_change_however_many_wait) {  // CO-225
    waiting_room here;
    constexpr std::size_t domains = 400;
    for (std::size_t i = 0; i != domains; ++i) {
        auto const name = std::to_string(i) + ".example";
        here.ask(core::limited::domain, name);
        here.ask(core::limited::domain, name);
        here.time.advance(1ms);
    }
    auto const handlers = here.run_to_the_end();
    for (std::size_t i = 0; i != domains; ++i) {
        EXPECT_EQ(here.let_in(2 * i), std::chrono::milliseconds(i));
        EXPECT_EQ(here.let_in(2 * i + 1), std::chrono::milliseconds(i) + 10s);
    }
    EXPECT_LT(handlers, 20 * domains);
}

TEST(politeness_wait, lets_others_in_when_the_first_has_left) {  // CO-225
    waiting_room here;
    here.ask(core::limited::domain, "a.example");
    auto const first = here.ask(core::limited::domain, "a.example");
    auto const second = here.ask(core::limited::domain, "a.example");
    auto const third = here.ask(core::limited::domain, "a.example");
    here.leave(first);
    here.run_to_the_end();
    EXPECT_EQ(here.let_in(first), std::nullopt);
    EXPECT_EQ(here.let_in(second), 10s);
    EXPECT_EQ(here.let_in(third), 20s);
}

TEST(politeness_wait, lets_in_one_whose_turn_comes_sooner_than_the_turns_of_those_before) {  // CO-225
    waiting_room here;
    here.ask(core::limited::domain, "a.example");
    auto const slow = here.ask(core::limited::domain, "a.example");
    here.ask(core::limited::address, "192.0.2.1");
    auto const quick = here.ask(core::limited::address, "192.0.2.1");
    here.run_to_the_end();
    EXPECT_EQ(here.let_in(quick), 1s);
    EXPECT_EQ(here.let_in(slow), 10s);
}

TEST(politeness_wait, ends_when_somebody_else_ends_it) {  // CO-226
    waiting_room here;
    here.ask(core::limited::domain, "a.example");
    auto const first = here.ask(core::limited::domain, "a.example");
    auto const second = here.ask(core::limited::domain, "a.example");
    EXPECT_EQ(here.waiting(), 2u);
    here.lose_patience(first);
    EXPECT_EQ(here.waiting(), 1u);
    here.run_to_the_end();
    EXPECT_EQ(here.let_in(first), std::nullopt);
    EXPECT_EQ(here.let_in(second), 10s);
}
