#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <optional>
#include <set>

#include "callout/doors/clock.hpp"

namespace callout::testing {

/// Time that stands still until a test moves it.
///
/// Alarms ring in the order of their times, and those of one time in the order in which they were set, so
/// that every run is the same. A clock outlives the coroutines that wait for its alarms; `context`, on which
/// they run, need not.
class virtual_clock final : public callout::clock {
public:
    explicit virtual_clock(boost::asio::io_context& context) : context_(context) {}
    virtual_clock(virtual_clock const&) = delete;

    callout::steady_time now() const noexcept override { return now_; }
    /// Returns a time in January 2027, and moves on with `now`.
    callout::system_time wall() const noexcept override;
    std::unique_ptr<callout::alarm> make_alarm() override;

    /// Moves time on. Alarms that become due ring in their order, all of them at the end of that time; what
    /// waits for them goes on when its context runs.
    void advance(callout::steady_time::duration by) { move_to(now_ + by); }
    /// Moves time on to the next alarm, which rings. Returns whether there is one.
    bool advance_to_next_alarm();
    /// Returns when the next alarm is due, if one is set.
    std::optional<callout::steady_time> next_alarm() const;

private:
    class virtual_alarm;
    struct earlier {
        bool operator()(virtual_alarm const* a, virtual_alarm const* b) const;
    };

    void move_to(callout::steady_time then);

    boost::asio::io_context& context_;
    callout::steady_time now_{std::chrono::hours(1)};
    std::uint64_t times_set_ = 0;
    std::set<virtual_alarm*, earlier> set_;
};

}  // namespace callout::testing
