#include "core/cache.hpp"

#include <algorithm>

#include "core/heap_use.hpp"

namespace callout::core {
namespace {

/// Entries that were asked for again are safe from new ones, up to this percentage of all.
constexpr std::size_t proven_share = 80;

/// What the nodes of the list and of the index hold besides the entry.
constexpr std::size_t node_overhead = 2 * block_overhead + 6 * sizeof(void*);

std::size_t texts_of(verification const& v) {
    return heap_of(v.message) + heap_of(v.host) + heap_of(v.ip);
}

/// Drops what a cached answer never shows: which host was polled, and the reply's lines, which the message
/// has.
void trim(verification& v) {
    // What is moved away takes its memory with it; an assignment would keep it.
    auto const gone = std::move(v.poll);
    v.poll = poll();
    if (v.reply) v.reply.emplace(reply(v.reply->code, v.reply->enhanced, {}));
    for (auto* text : {&v.message, &v.host, &v.ip}) text->shrink_to_fit();
}

}  // namespace

std::optional<kept_verification> cache::find(std::string_view key, system_time now) {
    auto const found = index_.find(key);
    if (found == index_.end()) return std::nullopt;
    auto const which = found->second;
    if (which->kept.expires <= now) {
        erase(which);
        return std::nullopt;
    }
    move(which, which->where == negative ? negative : proven);
    if (orders_[proven].size() > most_.entries * proven_share / 100) {
        move(std::prev(orders_[proven].end()), fresh);
    }
    return which->kept;
}

bool cache::holds(std::string_view key, system_time now) const {
    auto const found = index_.find(key);
    return found != index_.end() && found->second->kept.expires > now;
}

void cache::put(std::string const& key, kept_verification kept) {
    auto const known = index_.find(key);
    bool const was_proven = known != index_.end() && known->second->where == proven;
    if (known != index_.end()) erase(known->second);
    bool const passes = kept.answer.status == status::pass;
    auto const where = !passes ? negative : was_proven ? proven : fresh;
    trim(kept.answer);
    auto& others = orders_[where];
    others.push_front(entry{key, std::move(kept), where, 0});
    auto& added = others.front();
    added.bytes = sizeof(entry) + node_overhead + heap_of(added.key) + texts_of(added.kept.answer);
    bytes_ += added.bytes;
    auto& alike = numbers_[std::size_t(kind_of(key))];
    ++alike.entries;
    alike.bytes += added.bytes;
    index_.emplace(added.key, others.begin());
    make_room(added);
}

std::vector<std::string> cache::covered_by(erasure const& which) const {
    std::vector<std::string> all;
    for (auto const& entries : orders_) {
        for (auto const& one : entries) {
            if (which.covers(one.key, one.kept.answer.host)) all.push_back(one.key);
        }
    }
    return all;
}

void cache::forget(std::string_view key) {
    auto const found = index_.find(key);
    if (found != index_.end()) erase(found->second);
}

/// Removes entries until the bounds hold. The newest goes only when it is alone.
void cache::make_room(entry const& newest) {
    while (index_.size() > most_.entries || bytes_ > most_.bytes) {
        auto const has_older = [&](order const& o) { return !o.empty() && &o.back() != &newest; };
        auto const from = std::ranges::find_if(orders_, has_older);
        if (from == orders_.end()) return erase(orders_[newest.where].begin());
        erase(std::prev(from->end()));
    }
}

void cache::move(order::iterator which, segment where) {
    auto& to = orders_[where];
    to.splice(to.begin(), orders_[which->where], which);
    which->where = where;
}

void cache::erase(order::iterator which) {
    bytes_ -= which->bytes;
    auto& alike = numbers_[std::size_t(kind_of(which->key))];
    --alike.entries;
    alike.bytes -= which->bytes;
    index_.erase(which->key);
    orders_[which->where].erase(which);
}

}  // namespace callout::core
