#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>

#include "callout/clock.hpp"

namespace test {

/// Time that stands still until it is moved. `callout_world` moves it to the next alarm when nothing else can
/// happen.
class callout_clock final : public callout::clock {
public:
    explicit callout_clock(boost::asio::io_context& context) : context_(context) {}

    callout::steady_time now() const noexcept override { return now_; }
    callout::system_time wall() const noexcept override {
        return callout::system_time(std::chrono::hours(500000)) +
               std::chrono::duration_cast<callout::system_time::duration>(now_.time_since_epoch());
    }
    std::unique_ptr<callout::alarm> make_alarm() override { return std::make_unique<manual_alarm>(*this); }

    void advance(callout::steady_time::duration by) { move_to(now_ + by); }

    /// Moves to the earliest alarm; false if there is none.
    bool advance_to_next_alarm() {
        if (waiting_.empty()) return false;
        move_to(std::max(now_, (*waiting_.begin())->until));
        return true;
    }

private:
    class manual_alarm final : public callout::alarm {
    public:
        explicit manual_alarm(callout_clock& clock) : clock_(clock), timer_(clock.context_) {}
        ~manual_alarm() override { clock_.forget(this); }

        boost::asio::awaitable<void> wait(callout::steady_time deadline) override {
            until = deadline;
            if (!rung_ && clock_.now() < until) {
                clock_.waiting_.insert(this);
                timer_.expires_at(callout::steady_time::max());
                co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
            }
            clock_.forget(this);
            rung_ = false;
        }
        void ring() noexcept override {
            rung_ = true;
            wake();
        }
        void wake() noexcept { timer_.cancel(); }

        callout::steady_time until;

    private:
        callout_clock& clock_;
        boost::asio::steady_timer timer_;
        bool rung_ = false;
    };

    struct earlier {
        bool operator()(manual_alarm const* a, manual_alarm const* b) const {
            return std::pair(a->until, a) < std::pair(b->until, b);
        }
    };

    void forget(manual_alarm* which) { waiting_.erase(which); }

    void move_to(callout::steady_time then) {
        now_ = then;
        for (auto* one : waiting_) {
            if (one->until <= now_) one->wake();
        }
    }

    boost::asio::io_context& context_;
    callout::steady_time now_{std::chrono::hours(1)};
    std::set<manual_alarm*, earlier> waiting_;
};

}  // namespace test
