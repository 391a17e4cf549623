#pragma once

#include <chrono>

#include "callout/doors/clock.hpp"

namespace callout::core {

/// Tells a name server that is silent from one that has no answer to the questions of the moment: strangers
/// choose those, and it may be the servers of their zones that say nothing. So after many questions in a
/// row without an answer the server is asked something that it answers by itself; if it is silent to that, it
/// is left alone until it has answered, but for a look each second.
class silence {
public:
    /// How many questions in a row.
    static constexpr unsigned many = 20;
    static constexpr std::chrono::seconds between_looks{1};

    void answered() noexcept { *this = silence(); }
    void missed() noexcept { missed_ = missed_ < many ? missed_ + 1 : many; }
    /// Returns whether to look now. Then `answered` or `looked_in_vain` tells what came of it.
    bool is_to_look(steady_time now) noexcept {
        if (missed_ < many || now < next_look_) return false;
        next_look_ = now + between_looks;
        return true;
    }
    /// Returns whether that is news.
    bool looked_in_vain() noexcept {
        bool const is_new = !is_certain_ && missed_ == many;  // a late answer may have come since
        is_certain_ = is_certain_ || is_new;
        return is_new;
    }
    bool is_certain() const noexcept { return is_certain_; }

private:
    unsigned missed_ = 0;
    bool is_certain_ = false;
    steady_time next_look_ = steady_time::min();
};

}  // namespace callout::core
