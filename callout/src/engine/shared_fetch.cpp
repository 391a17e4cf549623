#include "engine/shared_fetch.hpp"

namespace callout {

boost::asio::awaitable<void> shared_fetch::wait(std::shared_ptr<shared_fetch> mine, callout::clock& clock,
                                                steady_time until) {
    auto const bell = clock.make_alarm();
    place_in_line const place(mine->waiting_, *bell);
    while (!mine->is_released_ && clock.now() < until) co_await bell->wait(until);
}

void shared_fetch::release() noexcept {
    is_released_ = true;
    for (auto* bell : waiting_) bell->ring();
}

}  // namespace callout
