#include "core/back_off.hpp"

#include <algorithm>

namespace callout::core {
namespace {

constexpr unsigned most_strikes = 16;  ///< 2^15 times any first wait is beyond every limit

}  // namespace

void back_off::strike(std::string const& host, steady_time now, std::uint64_t about) {
    if (first_ <= std::chrono::seconds::zero()) return;
    // While we keep away nothing new is learnt: what was already under way says the same.
    if (until(host, now)) return;
    auto const count = std::min(strikes(host, now) + 1, most_strikes);
    auto const end = now + std::min(first_ * (1 << (count - 1)), most_);
    struck_.put(host, record{count, pause{now, end, about}});
}

void back_off::relent(std::string const& host) {
    auto* const known = struck_.find(host);
    if (known && --known->strikes == 0) struck_.erase(host);
}

std::optional<steady_time> back_off::until(std::string const& host, steady_time now) const {
    auto const found = pause_at(host, now);
    if (!found) return std::nullopt;
    return found->until;
}

std::optional<back_off::pause> back_off::pause_at(std::string const& host, steady_time now) const {
    auto const* known = struck_.peek(host);
    if (!known || known->last.until <= now) return std::nullopt;
    return known->last;
}

/// Strikes are also forgotten with time: when as long as the longest wait has passed after the last.
unsigned back_off::strikes(std::string const& host, steady_time now) const {
    auto const* known = struck_.peek(host);
    if (!known || known->last.until + most_ <= now) return 0;
    return known->strikes;
}

}  // namespace callout::core
