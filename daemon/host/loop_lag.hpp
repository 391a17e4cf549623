#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>

#include "callout/doors/clock.hpp"
#include "host/lag_meter.hpp"

namespace vouchd {

/// Measures how late the loop comes to what is due: once in each interval it looks at the time. That costs an
/// idle daemon ten wakings in a second at the usual interval.
class loop_lag {
public:
    using nanoseconds = std::chrono::nanoseconds;
    /// A stop of our own doing that is longer is told.
    static constexpr std::chrono::milliseconds long_stop{100};
    static constexpr std::chrono::minutes between_news{1};

    /// A stop of the loop, and how many others there were since the last news.
    class news {
    public:
        nanoseconds own;       ///< of our own doing
        nanoseconds in_all;    ///< with what the machine added
        std::uint64_t others;  ///< that were long, too
    };

    /// `queued` says how long the loop's thread has waited for a processor so far. `held_up` is told of long
    /// stops, at most once in `between_news`.
    loop_lag(callout::clock& clock, nanoseconds interval, std::function<std::optional<nanoseconds>()> queued,
             std::function<void(news const&)> held_up);

    /// Looks until it is stopped. The object outlives this.
    boost::asio::awaitable<void> run();
    void stop() noexcept;

    lag_report const& report() const noexcept { return meter_.report(); }

private:
    void look(callout::steady_time due);

    callout::clock& clock_;
    nanoseconds interval_;
    std::function<std::optional<nanoseconds>()> queued_;
    std::function<void(news const&)> held_up_;
    std::unique_ptr<callout::alarm> bell_;
    lag_meter meter_;
    std::uint64_t untold_ = 0;
    callout::steady_time next_news_ = callout::steady_time::min();
    bool stopped_ = false;
};

}  // namespace vouchd
