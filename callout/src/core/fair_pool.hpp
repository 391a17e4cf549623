#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <optional>
#include <set>

#include "callout/doors/clock.hpp"
#include "core/fair_line.hpp"
#include "core/holdings.hpp"
#include "core/mean_stay.hpp"

namespace callout::core {

/// Places of one kind, such as connections, that parties share (smtp-callout.md 7.1). A place that becomes
/// free goes to the party that holds the fewest, and to the background last. Zero places lift the bound.
class fair_pool {
public:
    using ticket = fair_line::ticket;

    explicit fair_pool(std::size_t places) : held_(places) {}
    void resize(std::size_t places) noexcept { held_.limit(places); }

    bool has_room(party const& who) const { return places() == 0 || held_.has_room(who); }
    void enter(party const& who);
    void leave(party const& who, std::chrono::duration<double> stay);

    /// Puts one into the line of its party; a lower number comes first.
    void wait(party const& who, ticket number);
    void stop_waiting(party const& who, ticket number);
    /// Returns the first whose party may have a place.
    std::optional<ticket> first_in_line() const;

    /// Returns how long one of this party that comes now has to wait, if all hold alike and stay as long as
    /// those before them.
    steady_time::duration expected_wait(party const& who) const;

    std::size_t places() const noexcept { return held_.most(); }
    std::size_t taken() const noexcept { return held_.size(); }
    std::size_t waiting() const noexcept { return line_.size(); }

private:
    /// The party that holds the fewest comes first; no two have the same ticket.
    struct turn {
        bool is_background;
        std::size_t held;
        ticket first;
        party who;
        auto operator<=>(turn const&) const = default;
    };

    std::optional<turn> turn_of(party const& who) const;
    template <class Change>
    void change(party const& who, Change what);

    holdings held_;
    fair_line line_;
    std::set<turn> turns_;  ///< of the parties that wait
    mean_stay stays_;
};

}  // namespace callout::core
