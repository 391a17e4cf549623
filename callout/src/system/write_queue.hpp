#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "callout/doors/store.hpp"

namespace callout {

/// What waits to be written to a lasting store: the newest of each key. When it is full, the record that
/// would expire first makes room, and of two that expire together the older: refusals live for hours and
/// passes for days, so a flood of strangers drives out its own traces. To erase is what an operator wants,
/// and is never dropped.
class write_queue {
public:
    /// A store that cannot write must not fill the memory.
    static constexpr std::size_t most_entries = 10'000;
    static constexpr std::size_t most_bytes = std::size_t(8) << 20;

    using value = std::optional<stored_record>;  ///< nothing: to erase
    using batch = std::vector<std::pair<std::string, value>>;

    void put(std::string_view key, value what);
    /// Takes at most `most`, in the order of their keys: those after what was taken last, or the first.
    batch take(std::size_t most);
    /// Puts back what was taken and not written, unless there is something newer.
    void give_back(batch const& unwritten);

    /// Returns null if nothing is to be written of the key.
    value const* find(std::string_view key) const;
    /// Calls `visit(key, value)` for each key that is not before `from` and before `to`, in their order.
    template <class Visitor>
    void each(std::string_view from, std::string_view to, Visitor visit) const {
        for (auto at = all_.lower_bound(from); at != all_.end() && at->first < to; ++at)
            visit(at->first, at->second.what);
    }
    template <class Visitor>
    void each(Visitor visit) const {
        for (auto const& [key, waiting] : all_) visit(key, waiting.what);
    }
    std::size_t size() const noexcept { return all_.size(); }
    std::size_t bytes() const noexcept { return bytes_; }
    /// Returns how many records were dropped since it was asked last.
    std::size_t take_dropped() noexcept { return std::exchange(dropped_, 0); }

private:
    struct entry {
        value what;
        std::uint64_t number;  ///< which tells the older from the newer
    };
    using entries = std::map<std::string, entry, std::less<>>;
    using rank = std::tuple<system_time, std::uint64_t>;

    entries::node_type remove(entries::iterator which);
    void make_room();

    entries all_;
    std::map<rank, entries::iterator> records_;  ///< without what is to be erased; the least worth first
    std::string taken_last_;
    std::uint64_t next_number_ = 0;
    std::size_t bytes_ = 0;
    std::size_t dropped_ = 0;
};

}  // namespace callout
