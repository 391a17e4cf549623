#pragma once

#include <array>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "callout/engine_numbers.hpp"
#include "core/cache_keys.hpp"
#include "core/erasure.hpp"
#include "core/record.hpp"
#include "core/secret_hash.hpp"

namespace callout::core {

/// How much a cache may hold; the bound that is met first counts.
struct cache_bounds {
    std::size_t entries = 100000;
    std::size_t bytes = std::size_t(64) << 20;
};

/// Keeps what is known in memory. A segmented LRU: what was never a pass goes first, because strangers who
/// make up addresses fill a cache with that; then what was put in and never asked for again; last what proved
/// useful.
class cache {
public:
    explicit cache(cache_bounds most) : most_(most) {}

    std::optional<kept_verification> find(std::string_view key, system_time now);
    /// Without using it.
    bool holds(std::string_view key, system_time now) const;
    void put(std::string const& key, kept_verification kept);
    /// Returns the keys of the records that `which` covers.
    std::vector<std::string> covered_by(erasure const& which) const;
    void forget(std::string_view key);

    std::size_t size() const noexcept { return index_.size(); }
    cache_bounds const& most() const noexcept { return most_; }
    std::size_t bytes() const noexcept { return bytes_; }  ///< of the heap, as nearly as can be known
    /// Returns what is kept under keys of one kind.
    kept_numbers const& numbers_of(key_kind kind) const noexcept { return numbers_[std::size_t(kind)]; }

private:
    enum segment : std::uint8_t { negative, fresh, proven, segments };
    struct entry {
        std::string key;
        kept_verification kept;
        segment where;
        std::size_t bytes;
    };
    using order = std::list<entry>;  ///< the most recently used first

    void move(order::iterator which, segment where);
    void erase(order::iterator which);
    void make_room(entry const& newest);

    cache_bounds most_;
    std::array<order, segments> orders_;
    std::unordered_map<std::string_view, order::iterator, secret_hash> index_;  ///< by the keys in `orders_`
    std::size_t bytes_ = 0;
    std::array<kept_numbers, key_kinds> numbers_;
};

}  // namespace callout::core
