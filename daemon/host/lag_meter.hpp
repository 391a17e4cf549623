#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

namespace vouchd {

/// How late the loop came to what was due, at many moments. Its size is fixed.
class lag_report {
public:
    /// Moments are counted by the first of these that their lateness does not exceed; the last class has no
    /// end.
    static constexpr std::array<std::chrono::milliseconds, 10> classes{
        std::chrono::milliseconds(1),   std::chrono::milliseconds(2),   std::chrono::milliseconds(5),
        std::chrono::milliseconds(10),  std::chrono::milliseconds(20),  std::chrono::milliseconds(50),
        std::chrono::milliseconds(100), std::chrono::milliseconds(200), std::chrono::milliseconds(500),
        std::chrono::milliseconds(1000)};

    std::array<std::uint64_t, classes.size() + 1> counts{};
    std::chrono::nanoseconds longest{0};         ///< of our own doing
    std::chrono::nanoseconds longest_in_all{0};  ///< with what the machine added
    std::chrono::nanoseconds interval{0};        ///< between two moments
    bool scheduler_is_known = true;              ///< otherwise all lateness counts as our own

    std::uint64_t moments() const noexcept;
    bool operator==(lag_report const&) const = default;
};

/// Finds out how late the loop comes to what is due, and how much of that is our own doing: computing, and
/// calls that block. What the scheduler kept the thread waiting for a processor is taken off. Owns no clock.
class lag_meter {
public:
    using nanoseconds = std::chrono::nanoseconds;

    explicit lag_meter(nanoseconds interval) { report_.interval = interval; }

    /// What the thread has waited for until now is not taken off.
    void begin(std::optional<nanoseconds> queued) noexcept { queued_before_ = queued; }

    /// The loop comes to what was due, `late` by the clock. `queued` is how long the thread has waited for a
    /// processor in all its life, if that is known. Returns what was of our own doing.
    ///
    /// What it waited for since the last look is taken off, even if a part of that was before the time at
    /// which this look was due. A loop that was held up missed other moments, too: they count as late as
    /// they would have been.
    nanoseconds note(nanoseconds late, std::optional<nanoseconds> queued);

    lag_report const& report() const noexcept { return report_; }

private:
    void count(nanoseconds own) noexcept;

    lag_report report_;
    std::optional<nanoseconds> queued_before_;
};

}  // namespace vouchd
