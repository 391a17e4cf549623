#include "flight.hpp"

namespace callout {

namespace {

/// One who waits. An asker may be cancelled at any wait, and must leave no bell behind to be rung.
class place_in_line {
public:
    place_in_line(std::vector<alarm*>& line, alarm& bell) : line_(line), bell_(&bell) {
        line_.push_back(bell_);
    }
    ~place_in_line() { std::erase(line_, bell_); }
    place_in_line(place_in_line const&) = delete;

private:
    std::vector<alarm*>& line_;
    alarm* bell_;
};

}  // namespace

boost::asio::awaitable<verification const*> flight::wait(steady_time until) {
    auto const bell = clock_.make_alarm();
    place_in_line const mine(waiting_, *bell);
    while (!verdict_ && clock_.now() < until) co_await bell->wait(until);
    co_return verdict_.get();
}

verification const& flight::publish(verification v) {
    if (verdict_) return *verdict_;
    verdict_ = std::make_unique<verification>(std::move(v));
    for (auto* bell : waiting_) bell->ring();
    return *verdict_;
}

}  // namespace callout
