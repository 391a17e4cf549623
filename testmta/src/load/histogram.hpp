#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace testmta::load {

/// Counts durations in buckets whose width grows with the duration, so that a percentile is wrong by at most
/// half of 1/128 of itself, however many durations are counted. It takes the same memory all the time.
class histogram {
public:
    using duration = std::chrono::nanoseconds;

    histogram();

    void add(duration time) noexcept;
    void merge(histogram const& other) noexcept;

    std::uint64_t count() const noexcept { return count_; }
    /// The least, the greatest and the mean are exact; all are 0 when nothing was counted.
    duration least() const noexcept;
    duration greatest() const noexcept { return greatest_; }
    duration mean() const noexcept;
    /// Returns the time that `percent` of all durations do not exceed.
    duration percentile(double percent) const noexcept;

private:
    std::vector<std::uint64_t> buckets_;
    std::uint64_t count_ = 0;
    double sum_ = 0;  ///< of nanoseconds; a double does not overflow, and 53 bits are enough for a mean
    duration least_ = duration::max();
    duration greatest_{};
};

}  // namespace testmta::load
