#include "milterproto/virtual_time.hpp"

#include <boost/asio/io_context.hpp>

#include "simulated_clock.hpp"

namespace milterproto {

virtual_time::virtual_time(boost::asio::io_context& loop)
    : virtual_time(loop, boost::asio::use_service<detail::simulated_clock>(loop)) {}

virtual_time::virtual_time(boost::asio::io_context& loop, detail::simulated_clock& clock)
    : loop_(&loop), clock_(&clock) {}

std::optional<virtual_time> virtual_time::of(boost::asio::io_context& loop) {
    auto* const clock = detail::simulated_clock::of(loop);
    if (clock == nullptr) return std::nullopt;
    return virtual_time(loop, *clock);
}

steady_time virtual_time::now() const noexcept {
    return clock_->now();
}

void virtual_time::advance(std::chrono::nanoseconds span) {
    auto const until = now() + span;
    settle();
    while (advance_to_next(until)) {
    }
    clock_->move_to(until);
}

bool virtual_time::advance_to_next(steady_time until) {
    auto const next = clock_->next();
    if (!next || *next > until) return false;
    clock_->move_to(*next);
    settle();
    return true;
}

void virtual_time::pass_blocked(std::chrono::nanoseconds span) {
    clock_->move_to(now() + span);
}

bool virtual_time::is_awaited() const noexcept {
    return clock_->next().has_value();
}

void virtual_time::settle() {
    if (loop_->stopped()) loop_->restart();
    loop_->poll();
}

}  // namespace milterproto
