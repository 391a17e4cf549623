#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "callout/doors/clock.hpp"
#include "core/lru.hpp"

namespace callout::core {

/// Keeps away from a host that has just complained, or cannot be reached: once for `first`, and twice as long
/// each time it happens again, up to `most`. Owns no clock. Bounded: the host that was struck longest ago is
/// forgotten.
class back_off {
public:
    static constexpr std::size_t most_hosts = 50000;

    /// A `first` of zero means never to keep away.
    back_off(std::chrono::seconds first, std::chrono::seconds most)
        : first_(first), most_(most), struck_(most_hosts) {}

    /// Changes the times of the next strikes; those that were given stay as they are.
    void set_times(std::chrono::seconds first, std::chrono::seconds most) {
        first_ = first;
        most_ = most;
    }

    /// `about` is any number that the caller wants to see again.
    void strike(std::string const& host, steady_time now, std::uint64_t about = 0);
    /// Takes back one strike, because it went well.
    void relent(std::string const& host);
    void forget(std::string const& host) { struck_.erase(host); }
    /// Forgets every host for whose name `is_doomed` holds. Returns how many.
    template <class Predicate>
    std::size_t forget_if(Predicate is_doomed) {
        return struck_.erase_if([&](std::string const& host, record const&) { return is_doomed(host); });
    }

    /// Returns until when to keep away; none if that is over.
    std::optional<steady_time> until(std::string const& host, steady_time now) const;
    /// A time to keep away, and what began it.
    struct pause {
        steady_time since, until;
        std::uint64_t about;
    };
    std::optional<pause> pause_at(std::string const& host, steady_time now) const;
    /// Returns how often it was struck recently.
    unsigned strikes(std::string const& host, steady_time now) const;
    std::size_t size() const noexcept { return struck_.size(); }

private:
    struct record {
        unsigned strikes;
        pause last;
    };
    std::chrono::seconds first_, most_;
    lru<std::string, record> struck_;
};

}  // namespace callout::core
