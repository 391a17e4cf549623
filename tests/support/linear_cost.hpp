#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string_view>

namespace test {

/// Expects that twice the input costs about twice as much. Buffers double, so one measurement may pay for a
/// step that the other has not reached; `small_change` is what any input may cost.
inline void expect_linear(std::string_view what, std::uint64_t once, std::uint64_t twice,
                          std::uint64_t small_change = 64 * 1024) {
    constexpr double growth = 2.6;
    EXPECT_LE(static_cast<double>(twice),
              growth * static_cast<double>(once) + static_cast<double>(small_change))
        << what << ": " << once << " for the input, " << twice << " for twice as much";
}

}  // namespace test
