#pragma once

#include <cstdint>

#include "callout/doors/random.hpp"

namespace callout::testing {

/// Numbers that look random and are the same in each run with one seed.
class seeded_random final : public callout::random {
public:
    explicit seeded_random(std::uint64_t seed = 42) : state_(seed) {}

    /// SplitMix64 (Steele, Lea, Flood 2014).
    std::uint64_t next() noexcept override {
        auto z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

private:
    std::uint64_t state_;
};

}  // namespace callout::testing
