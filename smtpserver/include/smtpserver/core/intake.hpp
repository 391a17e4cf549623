#pragma once

#include <cstdint>

#include "smtpserver/core/limits.hpp"

namespace smtpserver::core {

/// Decides what is done with the bytes of a message. One that is refused is read to its end, because the
/// client hears nothing before.
class intake {
public:
    enum class verdict : std::uint8_t {
        keep,
        drop,
        too_much,  ///< not even read any more
    };

    explicit intake(connection_limits const& limits) : limits_(&limits) {}

    verdict take(std::uint64_t octets) noexcept {
        received_ += octets;
        if (received_ > limits_->message) is_too_large_ = true;
        if (!is_refused_ && !is_too_large_) return verdict::keep;
        // What is too much must not depend on the pieces in which it comes.
        bool const is_too_much = is_too_large_ && received_ - limits_->message > limits_->discarded;
        return is_too_much ? verdict::too_much : verdict::drop;
    }
    void refuse() noexcept { is_refused_ = true; }
    /// Returns whether a message with that many more bytes is within the limit.
    bool fits(std::uint64_t more) const noexcept {
        return received_ <= limits_->message && more <= limits_->message - received_;
    }
    bool is_too_large() const noexcept { return is_too_large_; }
    std::uint64_t received() const noexcept { return received_; }
    void restart() noexcept { *this = intake(*limits_); }

private:
    connection_limits const* limits_;
    std::uint64_t received_ = 0;
    bool is_refused_ = false;
    bool is_too_large_ = false;
};

}  // namespace smtpserver::core
