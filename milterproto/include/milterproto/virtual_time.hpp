#pragma once

#include <chrono>
#include <optional>

#include "milterproto/timer.hpp"

namespace boost::asio {
class io_context;
}

namespace milterproto {

namespace detail {
class simulated_clock;
}

/// Time that stands still on one loop until a test moves it. All that runs there and asks milterproto for the
/// time uses it: servers with their limits, `timer`, `sleep_for`. Asio's own timers do not.
///
/// Make it before anything else on the loop, and use it in the loop's thread.
class virtual_time {
public:
    explicit virtual_time(boost::asio::io_context& loop);
    /// Returns the time of a loop on which one was made before, and nothing otherwise.
    static std::optional<virtual_time> of(boost::asio::io_context& loop);

    steady_time now() const noexcept;
    /// Moves the time on. Each timer that becomes due on the way ends at its own time, and what follows from
    /// it is done before the next: the loop runs until it has nothing to do but wait.
    void advance(std::chrono::nanoseconds span);
    /// Moves it to the first timer that is due at `until` or before, and returns whether there was one.
    bool advance_to_next(steady_time until);
    /// Moves the time on while the loop stands still, as in a callback that blocks: timers that became due
    /// end when the loop runs again.
    void pass_blocked(std::chrono::nanoseconds span);
    /// Returns whether a timer is waiting.
    bool is_awaited() const noexcept;

private:
    virtual_time(boost::asio::io_context& loop, detail::simulated_clock& clock);
    void settle();

    boost::asio::io_context* loop_;
    detail::simulated_clock* clock_;
};

}  // namespace milterproto
