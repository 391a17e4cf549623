#include "milterproto/virtual_time.hpp"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <string>

namespace milterproto {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

class virtual_timers : public testing::Test {
protected:
    auto write(std::string word) {
        return [this, word = std::move(word)] { told_ += word + ' '; };
    }
    std::string told() { return std::exchange(told_, {}); }

    std::string told_;
    asio::io_context loop_{1};
    virtual_time time_{loop_};
};

TEST_F(virtual_timers, end_in_the_order_of_their_times_and_equal_ones_as_they_began) {
    timer third(loop_.get_executor());
    timer first(loop_.get_executor());
    timer second(loop_.get_executor());
    third.call_after(2s, write("third"));
    first.call_after(1s, write("first"));
    second.call_after(1s, write("second"));
    time_.advance(1s - 1ns);
    EXPECT_EQ(told(), "");
    time_.advance(1ns);
    EXPECT_EQ(told(), "first second ");
    time_.advance(1h);
    EXPECT_EQ(told(), "third ");
    EXPECT_FALSE(time_.is_awaited());
}

TEST_F(virtual_timers, each_end_at_their_own_time_in_one_long_advance) {
    auto const begin = time_.now();
    timer ticks(loop_.get_executor());
    std::function<void()> const tick = [&] {
        told_ += std::to_string((ticks.now() - begin) / 1s) + ' ';
        ticks.call_after(1s, tick);
    };
    ticks.call_after(1s, tick);
    time_.advance(4500ms);
    EXPECT_EQ(told(), "1 2 3 4 ");
    EXPECT_EQ(time_.now() - begin, 4500ms);
    ticks.cancel();
}

TEST_F(virtual_timers, that_are_set_anew_or_cancelled_or_gone_call_nobody) {
    timer one(loop_.get_executor());
    one.call_after(1s, write("early"));
    one.call_after(2s, write("late"));
    timer cancelled(loop_.get_executor());
    cancelled.call_after(1s, write("cancelled"));
    cancelled.cancel();
    std::optional<timer> gone(loop_.get_executor());
    gone->call_after(1s, write("gone"));
    gone.reset();
    time_.advance(1s);
    EXPECT_EQ(told(), "");
    time_.advance(1s);
    EXPECT_EQ(told(), "late ");
}

TEST_F(virtual_timers, of_no_time_end_at_once) {
    timer one(loop_.get_executor());
    one.call_after(0s, write("now"));
    time_.advance(0s);
    EXPECT_EQ(told(), "now ");
}

TEST_F(virtual_timers, may_wait_for_ever) {
    timer one(loop_.get_executor());
    one.call_after(std::chrono::nanoseconds::max(), write("never"));
    time_.advance(24h);
    EXPECT_EQ(told(), "");
}

task<> sleep_and_tell(std::string* told) {
    try {
        co_await sleep_for(1min);
        *told += "slept ";
    } catch (boost::system::system_error const& e) {
        *told += e.code() == asio::error::operation_aborted ? "cancelled " : "failed ";
    }
}

TEST_F(virtual_timers, are_what_a_coroutine_sleeps_by) {
    asio::co_spawn(loop_, sleep_and_tell(&told_), asio::detached);
    time_.advance(59s);
    EXPECT_EQ(told(), "");
    time_.advance(1s);
    EXPECT_EQ(told(), "slept ");
}

TEST_F(virtual_timers, end_with_a_coroutine_that_is_cancelled) {
    asio::cancellation_signal cancel;
    asio::co_spawn(loop_, sleep_and_tell(&told_),
                   asio::bind_cancellation_slot(cancel.slot(), asio::detached));
    time_.advance(1s);
    cancel.emit(asio::cancellation_type::terminal);
    time_.advance(0s);
    EXPECT_EQ(told(), "cancelled ");
    EXPECT_FALSE(time_.is_awaited());
}

// What waits is destroyed with its loop, after the time on it.
TEST(virtual_time, goes_with_its_loop) {
    std::string told;
    asio::io_context loop(1);
    virtual_time time(loop);
    asio::co_spawn(loop, sleep_and_tell(&told), asio::detached);
    time.advance(1s);
    EXPECT_EQ(told, "");
}

TEST(virtual_time, is_one_for_a_loop_and_found_by_it) {
    asio::io_context loop(1);
    EXPECT_FALSE(virtual_time::of(loop));
    virtual_time one(loop);
    one.advance(5s);
    EXPECT_EQ(virtual_time(loop).now(), one.now());
    EXPECT_EQ(virtual_time::of(loop)->now(), one.now());
    EXPECT_EQ(time_on(loop.get_executor()), one.now());
}

TEST(true_time, is_what_timers_go_by_on_any_other_loop) {
    std::string told;
    asio::io_context loop(1);
    auto const before = std::chrono::steady_clock::now();
    EXPECT_GE(time_on(loop.get_executor()), before);
    asio::cancellation_signal cancel;
    asio::co_spawn(loop, sleep_and_tell(&told), asio::bind_cancellation_slot(cancel.slot(), asio::detached));
    timer one(loop.get_executor());
    one.call_after(1ms, [&] {
        told += "passed ";
        cancel.emit(asio::cancellation_type::terminal);
    });
    loop.run();
    EXPECT_EQ(told, "passed cancelled ");
    EXPECT_GE(std::chrono::steady_clock::now() - before, 1ms);
}

}  // namespace
}  // namespace milterproto
