#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "core/party.hpp"

namespace callout::core {

/// Places of one kind, such as connections, that parties share (smtp-callout.md 7.1). A place that becomes
/// free goes to the party that holds the fewest, and to the background last. Zero places lift the bound.
class fair_pool {
public:
    using ticket = std::uint64_t;

    explicit fair_pool(std::size_t places) : places_(places) {}
    void resize(std::size_t places) noexcept { places_ = places; }

    bool has_room(party const& who) const;
    void enter(party const& who);
    void leave(party const& who);

    /// Puts one into the line of its party; a lower number comes first.
    void wait(party const& who, ticket number);
    void stop_waiting(party const& who, ticket number);
    /// Returns the first whose party may have a place.
    std::optional<ticket> first_in_line() const;

    /// Returns how many have their turn before one of this party that comes now, if all hold alike, and it.
    std::size_t turns_until(party const& who) const;

    std::size_t places() const noexcept { return places_; }
    std::size_t taken() const noexcept { return taken_; }
    std::size_t waiting() const noexcept { return waiting_; }
    std::size_t parties() const noexcept { return members_.size(); }

private:
    struct member {
        std::size_t held = 0;
        std::set<ticket> line;
    };
    using members = std::map<party, member>;
    /// The party that holds the fewest comes first; no two have the same ticket.
    struct turn {
        bool is_background;
        std::size_t held;
        ticket first;
        party const* who;
        bool operator<(turn const& other) const noexcept {
            return std::tie(is_background, held, first) <
                   std::tie(other.is_background, other.held, other.first);
        }
    };

    static turn turn_of(members::value_type const& one);
    template <class Change>
    void change(party const& who, Change what);

    std::size_t places_;
    std::size_t taken_ = 0;
    std::size_t waiting_ = 0;
    members members_;       ///< that hold or wait
    std::set<turn> turns_;  ///< of those that wait
};

}  // namespace callout::core
