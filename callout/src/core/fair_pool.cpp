#include "core/fair_pool.hpp"

namespace callout::core {

void fair_pool::enter(party const& who) {
    change(who, [&] { held_.add(who); });
}

void fair_pool::leave(party const& who, std::chrono::duration<double> stay) {
    change(who, [&] { held_.remove(who); });
    stays_.take(stay);
}

void fair_pool::wait(party const& who, ticket number) {
    change(who, [&] { line_.add(who, number); });
}

void fair_pool::stop_waiting(party const& who, ticket number) {
    change(who, [&] { line_.remove(who, number); });
}

/// A party that holds more has a lesser right, so if the first may not have another, only one whose share is
/// reckoned in another way may: the unknown, or the background.
std::optional<fair_pool::ticket> fair_pool::first_in_line() const {
    if (turns_.empty()) return std::nullopt;
    auto const& next = *turns_.begin();
    if (has_room(next.who)) return next.first;
    for (auto const& who : {party::unknown(), party::background()}) {
        auto const first = line_.first_of(who);
        if (first && has_room(who)) return first;
    }
    return std::nullopt;
}

steady_time::duration fair_pool::expected_wait(party const& who) const {
    return stays_.times(double(line_.turns_until(who)) / double(places()));
}

std::optional<fair_pool::turn> fair_pool::turn_of(party const& who) const {
    auto const first = line_.first_of(who);
    if (!first) return std::nullopt;
    return turn{who.is_background(), held_.held_by(who), *first, who};
}

/// Changes what a party holds or how it waits, and with that its place among the others.
template <class Change>
void fair_pool::change(party const& who, Change what) {
    if (auto const before = turn_of(who)) turns_.erase(*before);
    what();
    if (auto const after = turn_of(who)) turns_.insert(*after);
}

}  // namespace callout::core
