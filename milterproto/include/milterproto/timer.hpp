#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "milterproto/task.hpp"

/// Time for servers and for the callbacks of authors. It is the system's, unless a test has made a
/// `virtual_time` on the loop, as each `rehearsal` does: then time passes without a wait.
namespace milterproto {

using steady_time = std::chrono::steady_clock::time_point;

/// Returns the time of the loop that the executor belongs to.
steady_time time_on(boost::asio::any_io_executor const& executor);

/// Waits in a callback. If the callback is cancelled meanwhile, this throws `operation_aborted`, which the
/// callback need not catch.
[[nodiscard]] task<> sleep_for(std::chrono::nanoseconds span);

/// One wait on one loop, to limit what else a callback does: its end may close a socket, for example. Each
/// call begins a new wait and cancels the one before.
class timer {
public:
    explicit timer(boost::asio::any_io_executor const& executor);
    timer(timer&& other) noexcept = default;
    ~timer() { cancel(); }

    /// Calls `then` in the loop after that time, unless the wait is cancelled.
    void call_after(std::chrono::nanoseconds span, std::function<void()> then);
    /// Waits, and returns whether that time has passed; false if the wait was cancelled.
    [[nodiscard]] task<bool> wait_for(std::chrono::nanoseconds span);
    void cancel() noexcept;
    steady_time now() const noexcept;

private:
    class state;
    std::shared_ptr<state> state_;
};

}  // namespace milterproto
