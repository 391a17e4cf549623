#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "core/party.hpp"

namespace callout::core {

/// Those who wait for one thing, in order within each party, so that one that may not have its turn yet holds
/// up its own party alone.
class fair_line {
public:
    using ticket = std::uint64_t;

    void add(party const& who, ticket number);
    void remove(party const& who, ticket number);

    bool empty() const noexcept { return size_ == 0; }
    std::size_t size() const noexcept { return size_; }
    /// Returns how many have their turn before one of this party that comes now, and it, if each party has
    /// one turn after the other.
    std::size_t turns_until(party const& who) const;

    /// Returns the first of this party, if one waits.
    std::optional<ticket> first_of(party const& who) const;
    /// Calls `visit(party, ticket)` with the first of each party.
    template <class Visit>
    void each_first(Visit visit) const {
        for (auto const& [who, line] : lines_) visit(who, *line.begin());
    }

private:
    std::map<party, std::set<ticket>> lines_;
    std::size_t size_ = 0;
};

}  // namespace callout::core
