#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "callout/system.hpp"

namespace callout {
namespace {

namespace asio = boost::asio;

class timer_alarm final : public alarm {
public:
    explicit timer_alarm(asio::any_io_executor const& executor) : timer_(executor) {}

    asio::awaitable<void> wait(steady_time until) override {
        if (!rung_) {
            timer_.expires_at(until);
            co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
        }
        rung_ = false;
    }

    void ring() noexcept override {
        rung_ = true;
        timer_.cancel();
    }

private:
    asio::steady_timer timer_;
    bool rung_ = false;
};

class system_clock final : public clock {
public:
    explicit system_clock(asio::any_io_executor executor) : executor_(std::move(executor)) {}
    steady_time now() const noexcept override { return std::chrono::steady_clock::now(); }
    system_time wall() const noexcept override { return std::chrono::system_clock::now(); }
    std::unique_ptr<alarm> make_alarm() override { return std::make_unique<timer_alarm>(executor_); }

private:
    asio::any_io_executor executor_;
};

}  // namespace

std::unique_ptr<clock> make_system_clock(asio::any_io_executor executor) {
    return std::make_unique<system_clock>(std::move(executor));
}

}  // namespace callout
