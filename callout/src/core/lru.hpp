#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <utility>

namespace callout::core {

/// A map that holds at most a given number of entries: what was used longest ago goes first.
template <class Key, class Value>
class lru {
public:
    explicit lru(std::size_t most) : most_(most) {}

    /// Returns the value, or null if there is none. Finding counts as use.
    Value* find(Key const& key) {
        auto const found = index_.find(key);
        if (found == index_.end()) return nullptr;
        order_.splice(order_.begin(), order_, found->second);
        return &order_.front().second;
    }
    /// Returns the value, or null, without counting it as use.
    Value const* peek(Key const& key) const {
        auto const found = index_.find(key);
        return found == index_.end() ? nullptr : &found->second->second;
    }
    /// Returns the entry that was used longest ago, or null if there is none.
    std::pair<Key, Value> const* stalest() const { return order_.empty() ? nullptr : &order_.back(); }
    void put(Key const& key, Value value) {
        if (most_ == 0) return;
        if (auto* known = find(key)) {
            *known = std::move(value);
            return;
        }
        order_.emplace_front(key, std::move(value));
        index_.emplace(key, order_.begin());
        if (order_.size() > most_) erase(Key(order_.back().first));
    }
    void erase(Key const& key) {
        auto const found = index_.find(key);
        if (found == index_.end()) return;
        order_.erase(found->second);
        index_.erase(found);
    }
    /// Removes each entry for which `is_doomed(key, value)` holds. Returns how many.
    template <class Predicate>
    std::size_t erase_if(Predicate is_doomed) {
        auto const before = size();
        for (auto at = order_.begin(); at != order_.end();) {
            auto const one = at++;
            if (!is_doomed(std::as_const(one->first), std::as_const(one->second))) continue;
            index_.erase(one->first);
            order_.erase(one);
        }
        return before - size();
    }
    /// Calls `visit(key, value)` for each entry; the one that was used last comes first.
    template <class Visitor>
    void each(Visitor visit) const {
        for (auto const& [key, value] : order_) visit(key, value);
    }
    std::size_t size() const noexcept { return order_.size(); }
    std::size_t most() const noexcept { return most_; }

private:
    using order = std::list<std::pair<Key, Value>>;

    std::size_t most_;
    order order_;  ///< the most recently used first
    std::map<Key, typename order::iterator> index_;
};

}  // namespace callout::core
