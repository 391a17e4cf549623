#include "core/fair_pool.hpp"

#include <algorithm>

namespace callout::core {

bool fair_pool::has_room(party const& who) const {
    if (places_ == 0) return true;
    auto const found = members_.find(who);
    auto const held = found == members_.end() ? 0 : found->second.held;
    return may_have_another(who, held, taken_, places_);
}

void fair_pool::enter(party const& who) {
    ++taken_;
    change(who, [](member& one) { ++one.held; });
}

void fair_pool::leave(party const& who) {
    --taken_;
    change(who, [](member& one) { --one.held; });
}

void fair_pool::wait(party const& who, ticket number) {
    ++waiting_;
    change(who, [&](member& one) { one.line.insert(number); });
}

void fair_pool::stop_waiting(party const& who, ticket number) {
    --waiting_;
    change(who, [&](member& one) { one.line.erase(number); });
}

/// A party that holds more has a lesser right, so if the first may not have another, only one whose share is
/// reckoned in another way may: the unknown, or the background.
std::optional<fair_pool::ticket> fair_pool::first_in_line() const {
    if (turns_.empty()) return std::nullopt;
    auto const& next = *turns_.begin();
    if (has_room(*next.who)) return next.first;
    for (auto const& who : {party::unknown(), party::background()}) {
        auto const found = members_.find(who);
        if (found == members_.end() || found->second.line.empty() || !has_room(who)) continue;
        return *found->second.line.begin();
    }
    return std::nullopt;
}

std::size_t fair_pool::turns_until(party const& who) const {
    auto const found = members_.find(who);
    auto const before = found == members_.end() ? 0 : found->second.line.size();
    auto const in_line = turns_.size() + (before == 0 ? 1 : 0);
    return std::min(waiting_ + 1, (before + 1) * in_line);
}

fair_pool::turn fair_pool::turn_of(members::value_type const& one) {
    auto const& [who, what] = one;
    return {who.is_background(), what.held, *what.line.begin(), &who};
}

/// Changes what a party holds or how it waits, and forgets it when it does neither.
template <class Change>
void fair_pool::change(party const& who, Change what) {
    auto const found = members_.try_emplace(who).first;
    auto& one = found->second;
    if (!one.line.empty()) turns_.erase(turn_of(*found));
    what(one);
    if (!one.line.empty()) turns_.insert(turn_of(*found));
    if (one.line.empty() && one.held == 0) members_.erase(found);
}

}  // namespace callout::core
