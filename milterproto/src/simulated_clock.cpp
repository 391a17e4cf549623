#include "simulated_clock.hpp"

#include <algorithm>

namespace milterproto::detail {

boost::asio::execution_context::id simulated_clock::id;

simulated_clock* simulated_clock::of(boost::asio::execution_context& loop) {
    if (!boost::asio::has_service<simulated_clock>(loop)) return nullptr;
    return &boost::asio::use_service<simulated_clock>(loop);
}

simulated_clock::place simulated_clock::begin(sleeper& who, std::chrono::nanoseconds span) {
    auto const longest = steady_time::max() - now_;
    place const taken(now_ + std::min<steady_time::duration>(span, longest), ++begun_);
    sleepers_.emplace(taken, &who);
    return taken;
}

std::optional<steady_time> simulated_clock::next() const noexcept {
    if (sleepers_.empty()) return std::nullopt;
    return sleepers_.begin()->first.first;
}

void simulated_clock::move_to(steady_time then) noexcept {
    now_ = std::max(now_, then);
    while (!sleepers_.empty() && sleepers_.begin()->first.first <= now_) {
        auto const due = sleepers_.extract(sleepers_.begin());
        due.mapped()->wake();
    }
}

}  // namespace milterproto::detail
