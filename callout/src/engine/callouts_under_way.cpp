#include "engine/callouts_under_way.hpp"

#include <algorithm>

namespace callout {

shared_callout callouts_under_way::find(core::brief const& what) const {
    auto const [begin, end] = all_.equal_range(what.keys.address);
    auto const found = std::find_if(begin, end, [&](auto const& entry) {
        auto const& one = *entry.second;
        return writes_cache(one.cache) && one.what->tests.covers(what.tests);
    });
    return found == end ? nullptr : found->second;
}

void callouts_under_way::add(shared_callout const& one) {
    all_.emplace(one->what->keys.address, one);
    count_in_background(*one, one->time.how == core::urgency::background);
}

bool callouts_under_way::remove(shared_callout const& one) {
    count_in_background(*one, false);
    auto const [begin, end] = all_.equal_range(one->what->keys.address);
    auto const found = std::find_if(begin, end, [&](auto const& entry) { return entry.second == one; });
    if (found == end) return false;
    all_.erase(found);
    return true;
}

void callouts_under_way::join(callout_under_way& one) {
    ++one.askers;
    one.observed.goes_on_with_an_asker();
    count_in_background(one, false);
}

void callouts_under_way::leave(callout_under_way& one) {
    if (--one.askers > 0 || one.waiters.is_over()) return;
    bool const has_room = has_room_in_background(*one.what) && !politeness_.is_crowded();
    count_in_background(one, true);
    one.observed.goes_on_alone();
    if (!has_room) one.questions.stop();
}

bool callouts_under_way::has_room_in_background(core::brief const& what) const {
    return background_.has_room(politeness::originator_of(what));
}

void callouts_under_way::count_in_background(callout_under_way& one, bool is) {
    if (std::exchange(one.in_background, is) == is) return;
    auto const who = politeness::originator_of(*one.what);
    if (is) return background_.add(who);
    background_.remove(who);
}

}  // namespace callout
