#include "callout/core/back_off.hpp"

#include <algorithm>

namespace callout::core {
namespace {

constexpr std::size_t most_hosts = 50000;
constexpr unsigned most_strikes = 16;  ///< 2^15 times any first wait is beyond every limit

}  // namespace

void back_off::strike(std::string const& host, steady_time now) {
    if (first_ <= std::chrono::seconds::zero()) return;
    auto const known = index_.find(host);
    // While we keep away nothing new is learnt: what was under way already says the same.
    if (known != index_.end() && known->second->until > now) return;
    auto const count = std::min(strikes(host, now) + 1, most_strikes);
    auto const until = now + std::min(first_ * (1 << (count - 1)), most_);
    if (known != index_.end()) {
        order_.splice(order_.begin(), order_, known->second);
        known->second->strikes = count;
        known->second->until = until;
        return;
    }
    order_.push_front(entry{host, count, until});
    index_.emplace(order_.front().host, order_.begin());
    if (order_.size() <= most_hosts) return;
    index_.erase(order_.back().host);
    order_.pop_back();
}

void back_off::relent(std::string const& host) {
    auto const known = index_.find(host);
    if (known == index_.end() || --known->second->strikes > 0) return;
    auto const which = known->second;
    index_.erase(known);
    order_.erase(which);
}

std::optional<steady_time> back_off::until(std::string const& host, steady_time now) const {
    auto const known = index_.find(host);
    if (known == index_.end() || known->second->until <= now) return std::nullopt;
    return known->second->until;
}

/// What was forgiven by time counts no longer: as long again as the longest wait.
unsigned back_off::strikes(std::string const& host, steady_time now) const {
    auto const known = index_.find(host);
    if (known == index_.end() || known->second->until + most_ <= now) return 0;
    return known->second->strikes;
}

}  // namespace callout::core
