#pragma once

#include <boost/asio/io_context.hpp>
#include <set>

#include "callout/doors/clock.hpp"

namespace test {

/// Time that stands still until it is moved. `callout_world` moves it to the next alarm when nothing else can
/// happen.
class callout_clock final : public callout::clock {
public:
    explicit callout_clock(boost::asio::io_context& context) : context_(context) {}

    callout::steady_time now() const noexcept override { return now_; }
    callout::system_time wall() const noexcept override;
    std::unique_ptr<callout::alarm> make_alarm() override;

    void advance(callout::steady_time::duration by) { move_to(now_ + by); }

    /// Moves to the earliest alarm; false if there is none.
    bool advance_to_next_alarm();

private:
    class manual_alarm;
    /// Of two alarms for one moment the one that was made first goes first, so that each run is the same.
    struct earlier {
        bool operator()(manual_alarm const* a, manual_alarm const* b) const;
    };

    void forget(manual_alarm* which) { waiting_.erase(which); }
    void move_to(callout::steady_time then);

    boost::asio::io_context& context_;
    callout::steady_time now_{std::chrono::hours(1)};
    std::uint64_t made_ = 0;
    std::set<manual_alarm*, earlier> waiting_;
};

}  // namespace test
