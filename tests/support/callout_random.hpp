#pragma once

#include "callout/doors/random.hpp"

namespace test {

/// Numbers that look random and are the same in each run.
class callout_random final : public callout::random {
public:
    std::uint64_t next() noexcept override {
        state_ = state_ * 6364136223846793005u + 1442695040888963407u;
        return state_ >> 17;
    }

private:
    std::uint64_t state_ = 42;
};

}  // namespace test
