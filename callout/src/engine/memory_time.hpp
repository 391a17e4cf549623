#pragma once

#include "callout/doors/clock.hpp"

namespace callout {

/// The time by which memory lives: the time of day at the beginning, moved on by the steady clock. When
/// somebody sets the clock, what memory holds neither ends nor comes back. Stores and people have the time of
/// day, so times are converted on the way there and back.
class memory_time {
public:
    explicit memory_time(callout::clock const& c) : clock_(c), day_at_zero_(c.wall() - since_zero(c.now())) {}

    system_time at(steady_time t) const noexcept { return day_at_zero_ + since_zero(t); }
    system_time now() const noexcept { return at(clock_.now()); }
    /// Returns how far the clock has been set forward since the beginning; what is to be added to a time of
    /// memory to get the time of day. In seconds, as records have them, because two clocks that are read one
    /// after the other differ by chance.
    std::chrono::seconds step(system_time now) const noexcept {
        return std::chrono::round<std::chrono::seconds>(clock_.wall() - now);
    }
    std::chrono::seconds step() const noexcept { return step(now()); }

private:
    static system_time::duration since_zero(steady_time t) noexcept {
        return std::chrono::duration_cast<system_time::duration>(t.time_since_epoch());
    }

    callout::clock const& clock_;
    system_time day_at_zero_;
};

}  // namespace callout
