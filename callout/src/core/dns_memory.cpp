#include "callout/core/dns_memory.hpp"

#include <algorithm>

namespace callout::core {
namespace {

/// Of one answer; a zone of thousands of records would make the count of entries no bound at all. Beyond what
/// `plan_hosts` looks at anyway.
constexpr std::size_t most_records = 100;

bool is_kept(dns_answer const& a) {
    return a.outcome != dns_outcome::failed && a.outcome != dns_outcome::timed_out &&
           a.ttl > std::chrono::seconds::zero() &&
           std::max(a.exchanges.size(), a.addresses.size()) <= most_records;
}

}  // namespace

std::optional<dns_answer> dns_memory::find(std::string const& name, record_type type, steady_time now) {
    auto const found = index_.find(question(name, type));
    if (found == index_.end()) return std::nullopt;
    auto const which = found->second;
    auto const left = std::chrono::ceil<std::chrono::seconds>(which->expires - now);
    if (left <= std::chrono::seconds::zero()) {
        index_.erase(found);
        order_.erase(which);
        return std::nullopt;
    }
    order_.splice(order_.begin(), order_, which);
    auto answer = which->answer;
    answer.ttl = left;
    return answer;
}

void dns_memory::put(std::string const& name, record_type type, dns_answer answer, steady_time now) {
    question const asked(name, type);
    if (auto const known = index_.find(asked); known != index_.end()) {
        order_.erase(known->second);
        index_.erase(known);
    }
    if (!is_kept(answer) || most_ == 0) return;
    auto const expires = now + answer.ttl;
    order_.push_front(entry{asked, std::move(answer), expires});
    index_.emplace(asked, order_.begin());
    if (order_.size() <= most_) return;
    index_.erase(order_.back().asked);
    order_.pop_back();
}

}  // namespace callout::core
