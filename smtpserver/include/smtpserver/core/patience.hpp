#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "smtpserver/core/limits.hpp"

namespace smtpserver::core {

/// Says until when a client may keep its server waiting. The time for a whole command runs from when it was
/// first awaited, so a client that sends one byte now and then does not lengthen it.
class patience {
public:
    using time = std::chrono::steady_clock::time_point;

    explicit patience(time_limits const& limits) : limits_(&limits) {}

    time for_command(time now) noexcept {
        if (!began_) began_ = now;
        auto const due = *began_ + limits_->command;
        return content_began_ ? std::min(due, *content_began_ + limits_->content) : due;
    }
    time for_content(time now) noexcept {
        if (!content_began_) content_began_ = now;
        if (!heard_ || is_fresh_) heard_ = now;
        is_fresh_ = false;
        return std::min(*heard_ + limits_->content_silence, *content_began_ + limits_->content);
    }
    /// Bytes came.
    void heard() noexcept { is_fresh_ = true; }
    /// What was awaited has come.
    void satisfied() noexcept {
        began_.reset();
        heard_.reset();
    }
    /// The message is complete, or void.
    void content_over() noexcept {
        satisfied();
        content_began_.reset();
    }

private:
    time_limits const* limits_;
    std::optional<time> began_;
    std::optional<time> heard_;
    std::optional<time> content_began_;
    bool is_fresh_ = false;
};

}  // namespace smtpserver::core
