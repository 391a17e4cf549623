#include "callout_clock.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <tuple>

namespace test {

class callout_clock::manual_alarm final : public callout::alarm {
public:
    manual_alarm(callout_clock& clock, std::uint64_t number_)
        : number(number_), clock_(clock), timer_(clock.context_) {}
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
    std::uint64_t const number;

private:
    callout_clock& clock_;
    boost::asio::steady_timer timer_;
    bool rung_ = false;
};

bool callout_clock::earlier::operator()(manual_alarm const* a, manual_alarm const* b) const {
    return std::tie(a->until, a->number) < std::tie(b->until, b->number);
}

callout::system_time callout_clock::wall() const noexcept {
    return callout::system_time(std::chrono::hours(500000)) +
           std::chrono::duration_cast<callout::system_time::duration>(now_.time_since_epoch());
}

std::unique_ptr<callout::alarm> callout_clock::make_alarm() {
    return std::make_unique<manual_alarm>(*this, ++made_);
}

bool callout_clock::advance_to_next_alarm() {
    if (waiting_.empty()) return false;
    move_to(std::max(now_, (*waiting_.begin())->until));
    return true;
}

void callout_clock::move_to(callout::steady_time then) {
    now_ = then;
    for (auto* one : waiting_) {
        if (one->until <= now_) one->wake();
    }
}

}  // namespace test
