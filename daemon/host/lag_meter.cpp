#include "host/lag_meter.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace vouchd {

namespace {

/// Of the moments that one stop of the loop has made late; one that lasts longer is told by `longest`.
constexpr std::size_t most_missed = 1000;

}  // namespace

std::uint64_t lag_report::moments() const noexcept {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t(0));
}

lag_meter::nanoseconds lag_meter::note(nanoseconds late, std::optional<nanoseconds> queued) {
    late = std::max(late, nanoseconds(0));
    auto const before = std::exchange(queued_before_, queued);
    auto const waited = queued && before ? *queued - *before : nanoseconds(0);
    auto const own = std::max(late - waited, nanoseconds(0));
    report_.scheduler_is_known = report_.scheduler_is_known && queued.has_value();
    report_.longest = std::max(report_.longest, own);
    report_.longest_in_all = std::max(report_.longest_in_all, late);
    count(own);
    auto left = own - report_.interval;
    for (std::size_t missed = 0; missed != most_missed && left > nanoseconds(0); ++missed) {
        count(left);
        left -= report_.interval;
    }
    return own;
}

void lag_meter::count(nanoseconds own) noexcept {
    auto const found = std::ranges::find_if(lag_report::classes, [own](auto most) { return own <= most; });
    ++report_.counts[std::size_t(found - lag_report::classes.begin())];
}

}  // namespace vouchd
