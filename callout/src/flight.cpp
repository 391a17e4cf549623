#include "flight.hpp"

namespace callout {

boost::asio::awaitable<std::optional<verification>> flight::wait(steady_time until) {
    auto const bell = clock_.make_alarm();
    waiting_.push_back(bell.get());
    while (!verdict_ && clock_.now() < until) co_await bell->wait(until);
    std::erase(waiting_, bell.get());
    co_return verdict_;
}

void flight::publish(verification v) {
    if (verdict_) return;
    verdict_ = std::move(v);
    for (auto* bell : waiting_) bell->ring();
}

}  // namespace callout
