#include "system/write_queue.hpp"

#include <algorithm>

namespace callout {
namespace {

/// What the nodes of the two maps and the blocks of the texts take besides the texts.
constexpr std::size_t overhead = 256;

std::size_t bytes_of(std::string_view key, write_queue::value const& what) {
    return overhead + key.size() + (what ? what->value.size() : 0);
}

}  // namespace

void write_queue::put(std::string_view key, value what) {
    if (auto const known = all_.find(key); known != all_.end()) remove(known);
    bytes_ += bytes_of(key, what);
    auto const number = next_number_++;
    auto const added = all_.emplace(std::string(key), entry{std::move(what), number}).first;
    if (added->second.what) records_.emplace(rank(added->second.what->expires, number), added);
    make_room();
}

write_queue::batch write_queue::take(std::size_t most) {
    batch taken;
    taken.reserve(std::min(most, all_.size()));
    auto at = all_.upper_bound(taken_last_);
    if (at == all_.end()) at = all_.begin();
    while (taken.size() < most && at != all_.end()) {
        auto node = remove(at++);
        taken.emplace_back(std::move(node.key()), std::move(node.mapped().what));
    }
    if (!taken.empty()) taken_last_ = taken.back().first;
    return taken;
}

void write_queue::give_back(batch const& unwritten) {
    for (auto const& [key, what] : unwritten) {
        if (!all_.contains(key)) put(key, what);
    }
}

write_queue::value const* write_queue::find(std::string_view key) const {
    auto const found = all_.find(key);
    return found == all_.end() ? nullptr : &found->second.what;
}

write_queue::entries::node_type write_queue::remove(entries::iterator which) {
    bytes_ -= bytes_of(which->first, which->second.what);
    if (which->second.what) records_.erase(rank(which->second.what->expires, which->second.number));
    return all_.extract(which);
}

void write_queue::make_room() {
    while (!records_.empty() && (all_.size() > most_entries || bytes_ > most_bytes)) {
        remove(records_.begin()->second);
        ++dropped_;
    }
}

}  // namespace callout
