#include "milterproto/timer.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cstdint>
#include <optional>
#include <utility>

#include "simulated_clock.hpp"

namespace milterproto {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

detail::simulated_clock* clock_of(asio::any_io_executor const& executor) {
    return detail::simulated_clock::of(asio::query(executor, asio::execution::context));
}

}  // namespace

/// An Asio timer, which a simulated clock ends by cancelling it.
class timer::state final : private detail::simulated_clock::sleeper {
public:
    explicit state(asio::any_io_executor const& executor) : clock_(clock_of(executor)), timer_(executor) {}
    ~state() { cancel(); }
    state(state const&) = delete;

    steady_time now() const noexcept {
        return clock_ != nullptr ? clock_->now() : std::chrono::steady_clock::now();
    }

    asio::steady_timer& begin(std::chrono::nanoseconds span) {
        cancel();
        woken_ = false;
        if (clock_ == nullptr) {
            timer_.expires_after(span);
        } else if (span <= span.zero()) {
            timer_.expires_after(span.zero());
        } else {
            timer_.expires_at(steady_time::max());
            place_ = clock_->begin(*this, span);
        }
        return timer_;
    }

    /// Returns the number of the wait under way: an earlier one may hear of its end when the next has begun.
    std::uint64_t number() const noexcept { return number_; }

    /// Returns whether the wait of that number has ended because its time has passed.
    bool is_over(std::uint64_t number, error_code failed) {
        if (number != number_) return false;
        bool const passed = woken_ || !failed;
        cancel();
        return passed;
    }

    void cancel() noexcept {
        ++number_;
        if (place_) clock_->forget(*place_);
        place_.reset();
        timer_.cancel();
    }

private:
    void wake() noexcept override {
        woken_ = true;
        place_.reset();
        timer_.cancel();
    }

    detail::simulated_clock* clock_;  ///< null: the system's time
    asio::steady_timer timer_;
    std::optional<detail::simulated_clock::place> place_;
    std::uint64_t number_ = 0;
    bool woken_ = false;
};

timer::timer(asio::any_io_executor const& executor) : state_(std::make_shared<state>(executor)) {}

void timer::call_after(std::chrono::nanoseconds span, std::function<void()> then) {
    auto& waits = state_->begin(span);
    waits.async_wait(
        [held = std::weak_ptr(state_), number = state_->number(), then = std::move(then)](error_code failed) {
            auto const self = held.lock();
            if (self != nullptr && self->is_over(number, failed)) then();
        });
}

task<bool> timer::wait_for(std::chrono::nanoseconds span) {
    auto const self = state_;
    auto& waits = self->begin(span);
    auto const number = self->number();
    auto const [failed] = co_await waits.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return self->is_over(number, failed);
}

void timer::cancel() noexcept {
    if (state_ != nullptr) state_->cancel();  // null if it was moved from
}

steady_time timer::now() const noexcept {
    return state_->now();
}

steady_time time_on(asio::any_io_executor const& executor) {
    auto const* const simulated = clock_of(executor);
    return simulated != nullptr ? simulated->now() : std::chrono::steady_clock::now();
}

task<> sleep_for(std::chrono::nanoseconds span) {
    auto const here = co_await asio::this_coro::executor;
    timer pause(here);
    bool const has_passed = co_await pause.wait_for(span);
    if (!has_passed) throw boost::system::system_error(asio::error::operation_aborted);
}

}  // namespace milterproto
