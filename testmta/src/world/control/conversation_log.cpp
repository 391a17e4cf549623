#include "world/control/conversation_log.hpp"

#include <algorithm>

namespace testmta::world {

conversation_log::conversation const* conversation_log::find(std::uint64_t id) const {
    auto const found = std::ranges::lower_bound(latest_, id, {}, &conversation::id);
    return found != latest_.end() && found->id == id ? &*found : nullptr;
}

conversation_log::conversation& conversation_log::conversation_of(journal::event const& what) {
    auto const at = std::ranges::lower_bound(latest_, what.connection, {}, &conversation::id);
    if (at != latest_.end() && at->id == what.connection) return *at;
    conversation begun;
    begun.id = what.connection;
    begun.peer = what.peer;
    return *latest_.insert(at, std::move(begun));
}

void conversation_log::add(journal::event const& what) {
    auto& here = conversation_of(what);
    if (what.direction == "connected") here.client = what.line;
    if (what.direction == "closed") here.has_ended = true;
    here.is_cut |= here.octets + what.json.size() > most_octets_of_one;
    if (!here.is_cut) {
        here.events.emplace_back(what.json);
        here.octets += what.json.size();
        octets_ += what.json.size();
    }
    while (latest_.size() > most_conversations || octets_ > most_octets) forget_the_oldest();
    for (auto const& [number, tell] : subscribers_) tell(what.json);
}

void conversation_log::forget_the_oldest() {
    octets_ -= latest_.front().octets;
    latest_.pop_front();
    ++forgotten_;
}

void conversation_log::clear() {
    latest_.clear();
    octets_ = 0;
    forgotten_ = 0;
}

std::uint64_t conversation_log::subscribe(subscriber who) {
    subscribers_.emplace(++subscribed_, std::move(who));
    return subscribed_;
}

}  // namespace testmta::world
