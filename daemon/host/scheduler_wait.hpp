#pragma once

#include <chrono>
#include <optional>

namespace vouchd {

/// How long the thread that made this has waited for a processor, in all its life: the second number of
/// /proc/thread-self/schedstat. Not every system tells it.
class scheduler_wait {
public:
    scheduler_wait();
    ~scheduler_wait();
    scheduler_wait(scheduler_wait const&) = delete;

    std::optional<std::chrono::nanoseconds> so_far() const noexcept;

private:
    int file_;
};

}  // namespace vouchd
