#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>

#include "callout/doors/clock.hpp"

namespace callout::core {

/// Domains that the name system has answered for of late. If it knows none of them any more, it is out of
/// order, and what it says of others is not believed. One name is taken in a minute, so that no storm of
/// names replaces them all. Owns no clock.
class canaries {
public:
    static constexpr std::size_t most = 4;
    static constexpr std::chrono::seconds apart = std::chrono::minutes(1);

    void answered_for(std::string const& domain, steady_time now);
    std::deque<std::string> const& names() const noexcept { return names_; }

private:
    std::deque<std::string> names_;  ///< the one that was taken last comes first
    steady_time next_ = steady_time::min();
};

}  // namespace callout::core
