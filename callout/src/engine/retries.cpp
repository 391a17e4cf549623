#include "engine/retries.hpp"

#include <algorithm>

#include "core/retention.hpp"
#include "engine/politeness.hpp"

namespace callout {

namespace {

constexpr unsigned most_times = 3;
constexpr std::chrono::hours within{4};
constexpr std::chrono::seconds least_wait{std::chrono::minutes(5)};
constexpr unsigned jitter_percent = 10;

}  // namespace

bool retries::add(core::shared_brief const& what, purpose wanted, verification const& refusal,
                  steady_time now, random& chance) {
    forget_old(now);
    auto const& key = what->keys.address;
    auto found = known_.find(key);
    if (found == known_.end()) {
        auto const who = politeness::originator_of(*what);
        if (!held_.has_room(who)) return false;
        found = known_.emplace(key, history{what, wanted, now, 0, std::nullopt}).first;
        oldest_.emplace(now, found);
        held_.add(who);
    }
    auto& h = found->second;
    if (h.due || h.times >= most_times) return h.due.has_value();
    // Early is worse than late: a greylister may begin to count anew.
    auto const wait = std::max(refusal.retry_after.value_or(least_wait), least_wait);
    auto const spread = core::jittered(wait, jitter_percent, chance) - wait;
    h.due = now + wait + std::chrono::abs(spread);
    ++h.times;
    due_.emplace(*h.due, key);
    return true;
}

void retries::forget(core::brief const& what) {
    auto const found = known_.find(what.keys.address);
    if (found != known_.end()) erase(found);
}

void retries::erase(questions::iterator which) {
    auto const& h = which->second;
    if (h.due) due_.erase(std::pair(*h.due, which->first));
    auto const [begin, end] = oldest_.equal_range(h.first);
    oldest_.erase(std::find_if(begin, end, [&](auto const& entry) { return entry.second == which; }));
    held_.remove(politeness::originator_of(*h.what));
    known_.erase(which);
}

void retries::forget_all() {
    due_.clear();
    oldest_.clear();
    held_.clear();
    known_.clear();
}

std::optional<retries::due_question> retries::take_due(steady_time now) {
    if (due_.empty() || due_.begin()->first > now) return std::nullopt;
    auto& h = known_.at(due_.begin()->second);
    h.due.reset();
    due_.erase(due_.begin());
    return due_question(h.what, h.wanted);
}

std::optional<steady_time> retries::next() const {
    if (due_.empty()) return std::nullopt;
    return due_.begin()->first;
}

/// Forgets a few of those whose time is over.
void retries::forget_old(steady_time now) {
    for (auto at = oldest_.begin(); at != oldest_.end() && at->first + within <= now;) {
        auto const which = (at++)->second;
        if (!which->second.due) erase(which);
    }
}

}  // namespace callout
