#include "host/loop_lag.hpp"

#include <utility>

namespace vouchd {

loop_lag::loop_lag(callout::clock& clock, nanoseconds interval,
                   std::function<std::optional<nanoseconds>()> queued,
                   std::function<void(news const&)> held_up)
    : clock_(clock),
      interval_(interval),
      queued_(std::move(queued)),
      held_up_(std::move(held_up)),
      bell_(clock.make_alarm()),
      meter_(interval) {}

boost::asio::awaitable<void> loop_lag::run() {
    meter_.begin(queued_());
    while (!stopped_) {
        auto const due = clock_.now() + std::chrono::duration_cast<callout::steady_time::duration>(interval_);
        co_await bell_->wait(due);
        if (!stopped_) look(due);
    }
}

void loop_lag::stop() noexcept {
    stopped_ = true;
    bell_->ring();
}

void loop_lag::look(callout::steady_time due) {
    auto const now = clock_.now();
    news found{meter_.note(now - due, queued_()), now - due, untold_};
    if (found.own <= long_stop) return;
    if (now < next_news_) {
        ++untold_;
        return;
    }
    untold_ = 0;
    next_news_ = now + between_news;
    held_up_(found);
}

}  // namespace vouchd
