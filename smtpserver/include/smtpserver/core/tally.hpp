#pragma once

#include <cstddef>
#include <cstdint>

#include "smtpserver/core/limits.hpp"

namespace smtpserver::core {

/// Counts what a client does wrong, and what it does in vain.
class tally {
public:
    enum class verdict : std::uint8_t {
        fine,
        slow_down,  ///< its answer waits
        enough,     ///< the connection ends
    };

    explicit tally(connection_limits const& limits) : limits_(&limits) {}

    /// A command was refused.
    verdict error() noexcept {
        ++recent_errors_;
        if (++errors_ >= limits_->errors) return verdict::enough;
        return recent_errors_ > limits_->errors_in_haste ? verdict::slow_down : verdict::fine;
    }
    /// A command was obeyed that leads to no message. Many of them count as errors.
    verdict junk() noexcept { return ++junk_ > limits_->junk ? error() : verdict::fine; }
    /// A recipient was one too many. A client that sends a long list at once cannot know; beyond a second
    /// list of that length it is an error.
    verdict recipient_over() noexcept {
        return ++recipients_over_ > limits_->recipients ? error() : verdict::fine;
    }
    /// A message was accepted. The errors of the whole connection still count.
    void message() noexcept { recent_errors_ = junk_ = recipients_over_ = 0; }

private:
    connection_limits const* limits_;
    std::size_t errors_ = 0;
    std::size_t recent_errors_ = 0;  ///< since the last message
    std::size_t junk_ = 0;
    std::size_t recipients_over_ = 0;
};

}  // namespace smtpserver::core
