#include "callout/testing/virtual_clock.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <tuple>

namespace callout::testing {

class virtual_clock::virtual_alarm final : public callout::alarm {
public:
    explicit virtual_alarm(virtual_clock& clock) : clock_(clock), timer_(clock.context_) {}
    ~virtual_alarm() override { clock_.set_.erase(this); }

    boost::asio::awaitable<void> wait(callout::steady_time deadline) override {
        if (!rung_ && clock_.now() < deadline) {
            clock_.set_.erase(this);  // a wait that was destroyed leaves it there
            until = deadline;
            number_ = clock_.times_set_++;
            clock_.set_.insert(this);
            timer_.expires_at(callout::steady_time::max());
            co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
            clock_.set_.erase(this);
        }
        rung_ = false;
    }
    void ring() noexcept override {
        rung_ = true;
        wake();
    }
    void wake() noexcept { timer_.cancel(); }

    auto order() const { return std::tuple(until, number_); }

    callout::steady_time until;  // does not change while the alarm is in the set

private:
    virtual_clock& clock_;
    boost::asio::steady_timer timer_;
    std::uint64_t number_ = 0;  // likewise
    bool rung_ = false;
};

bool virtual_clock::earlier::operator()(virtual_alarm const* a, virtual_alarm const* b) const {
    return a->order() < b->order();
}

callout::system_time virtual_clock::wall() const noexcept {
    constexpr std::chrono::hours some_day_in_2027(500'000);
    return callout::system_time(some_day_in_2027) +
           std::chrono::duration_cast<callout::system_time::duration>(now_.time_since_epoch());
}

std::unique_ptr<callout::alarm> virtual_clock::make_alarm() {
    return std::make_unique<virtual_alarm>(*this);
}

bool virtual_clock::advance_to_next_alarm() {
    auto const next = next_alarm();
    if (!next) return false;
    move_to(std::max(now_, *next));
    return true;
}

std::optional<callout::steady_time> virtual_clock::next_alarm() const {
    if (set_.empty()) return std::nullopt;
    return (*set_.begin())->until;
}

void virtual_clock::move_to(callout::steady_time then) {
    now_ = then;
    for (auto* one : set_) {
        if (one->until > now_) break;
        one->wake();
    }
}

}  // namespace callout::testing
