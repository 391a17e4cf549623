#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace milterproto::detail {

/// Limits how many lines are written in a span of time, so that a fault in every message does not fill the
/// disk.
class line_budget {
public:
    using time_point = std::chrono::steady_clock::time_point;

    static constexpr std::size_t lines = 20;
    static constexpr std::chrono::seconds span{60};

    /// What may be written now.
    struct grant {
        std::size_t left_out;  ///< lines before this one that were not written
        bool is_last;          ///< until the span is over
    };

    /// Asks to write one line; returns nothing if it must not be written.
    std::optional<grant> ask(time_point now) {
        if (!ends_ || now >= *ends_) {
            ends_ = now + span;
            written_ = 0;
        }
        if (written_ == lines) {
            ++left_out_;
            return std::nullopt;
        }
        ++written_;
        grant const given{left_out_, written_ == lines};
        left_out_ = 0;
        return given;
    }

private:
    std::optional<time_point> ends_;
    std::size_t written_ = 0;
    std::size_t left_out_ = 0;
};

}  // namespace milterproto::detail
