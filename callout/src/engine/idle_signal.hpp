#pragma once

#include <boost/asio/steady_timer.hpp>
#include <vector>

namespace callout {

/// Wakes the coroutines that wait until nothing is under way any more. They wait for no time, so this is not
/// an alarm of the clock: a simulation would move its time on to that.
class idle_signal {
public:
    using bell = boost::asio::steady_timer;

    void give() noexcept {
        for (auto* one : waiting_) one->cancel();
    }
    /// Where a bell has its place as long as somebody waits for it (place_in_line.hpp).
    std::vector<bell*>& line() noexcept { return waiting_; }

private:
    std::vector<bell*> waiting_;
};

}  // namespace callout
