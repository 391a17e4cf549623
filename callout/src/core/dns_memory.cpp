#include "core/dns_memory.hpp"

#include <algorithm>

namespace callout::core {
namespace {

/// The most records of one answer that are kept: with thousands in one, the count of entries would not bound
/// anything. It is more than `plan_hosts` looks at.
constexpr std::size_t most_records = 100;

bool is_kept(dns_answer const& a) {
    return a.outcome != dns_outcome::failed && a.outcome != dns_outcome::timed_out &&
           a.ttl > std::chrono::seconds::zero() &&
           std::max(a.exchanges.size(), a.addresses.size()) <= most_records;
}

}  // namespace

std::optional<dns_answer> dns_memory::find(std::string const& name, record_type type, steady_time now) {
    question const asked(name, type);
    auto const* known = known_.find(asked);
    if (!known) return std::nullopt;
    auto const left = std::chrono::ceil<std::chrono::seconds>(known->expires - now);
    if (left <= std::chrono::seconds::zero()) {
        known_.erase(asked);
        return std::nullopt;
    }
    auto answer = known->answer;
    answer.ttl = left;
    return answer;
}

void dns_memory::put(std::string const& name, record_type type, dns_answer answer, steady_time now) {
    question const asked(name, type);
    if (!is_kept(answer)) return known_.erase(asked);
    auto const expires = now + answer.ttl;
    known_.put(asked, entry{std::move(answer), expires});
}

}  // namespace callout::core
