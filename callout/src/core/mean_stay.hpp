#pragma once

#include <chrono>

#include "callout/doors/clock.hpp"

namespace callout::core {

/// How long those stay that hold something, to judge by the past: each new stay counts a quarter.
class mean_stay {
public:
    void take(std::chrono::duration<double> stay) noexcept {
        mean_ += (stay - mean_) * (mean_.count() > 0 ? newest_weight : 1);
    }
    /// Returns how long it takes until a number of them have left one after the other.
    steady_time::duration times(double turns) const {
        return std::chrono::duration_cast<steady_time::duration>(mean_ * turns);
    }

private:
    static constexpr double newest_weight = 0.25;
    std::chrono::duration<double> mean_{0};
};

}  // namespace callout::core
