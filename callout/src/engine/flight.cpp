#include "engine/flight.hpp"

#include "engine/place_in_line.hpp"

namespace callout {

boost::asio::awaitable<void> flight::wait(steady_time until) {
    auto const bell = clock_.make_alarm();
    place_in_line const mine(waiting_, *bell);
    while (!verdict_ && clock_.now() < until) co_await bell->wait(until);
}

std::optional<verification> flight::collect() {
    if (!verdict_) return std::nullopt;
    return waiting_.empty() ? std::move(*verdict_) : *verdict_;
}

verification const& flight::publish(verification&& v) {
    if (verdict_) return *verdict_;
    verdict_ = std::make_unique<verification>(std::move(v));
    for (auto* bell : waiting_) bell->ring();
    return *verdict_;
}

}  // namespace callout
