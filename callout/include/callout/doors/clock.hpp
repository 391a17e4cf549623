#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>

namespace callout {

using steady_time = std::chrono::steady_clock::time_point;
using system_time = std::chrono::system_clock::time_point;

/// Wakes one waiting coroutine, at a time or earlier when rung.
class alarm {
public:
    virtual ~alarm() = default;
    /// Returns at `until`, or as soon as `ring` was called; a ring before the wait is not lost.
    [[nodiscard]] virtual boost::asio::awaitable<void> wait(steady_time until) = 0;
    virtual void ring() noexcept = 0;
};

/// All that the engine knows of time. The real one is `make_system_clock()` in system.hpp; a simulation
/// brings its own.
class clock {
public:
    virtual ~clock() = default;
    virtual steady_time now() const noexcept = 0;
    /// Returns the time of day, for lifetimes that outlast the process (cache records).
    virtual system_time wall() const noexcept = 0;
    [[nodiscard]] virtual std::unique_ptr<alarm> make_alarm() = 0;
};

}  // namespace callout
