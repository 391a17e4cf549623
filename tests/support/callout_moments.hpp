#pragma once

#include "callout/doors/clock.hpp"

/// The moments at which tests of machines begin.
namespace test {

inline constexpr callout::steady_time now{std::chrono::hours(1)};
inline constexpr callout::system_time today{std::chrono::hours(480'000)};

}  // namespace test
