#include "load/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace testmta::load {

namespace {

/// Each power of two has 128 buckets; below 256 ns each nanosecond has its own.
constexpr unsigned bits_of_bucket = 7;
constexpr std::uint64_t buckets_of_power = 1u << bits_of_bucket;
/// Longer durations count as this one, 73 minutes. No wait of a load is longer.
constexpr std::uint64_t longest = (std::uint64_t{1} << 42) - 1;

/// Returns how many low bits of a duration do not matter for its bucket.
constexpr unsigned shift_of(std::uint64_t value) noexcept {
    auto const width = static_cast<unsigned>(std::bit_width(value));
    return width > bits_of_bucket + 1 ? width - bits_of_bucket - 1 : 0;
}

constexpr std::size_t bucket_of(std::uint64_t value) noexcept {
    auto const shift = shift_of(value);
    return shift * buckets_of_power + (value >> shift);
}

constexpr std::uint64_t middle_of(std::size_t bucket) noexcept {
    if (bucket < 2 * buckets_of_power) return bucket;
    auto const shift = static_cast<unsigned>(bucket / buckets_of_power - 1);
    auto const low = (bucket - shift * buckets_of_power) << shift;
    return low + (std::uint64_t{1} << shift) / 2;
}

static_assert(bucket_of(255) == 255 && bucket_of(256) == 256 && bucket_of(257) == 256 &&
              bucket_of(258) == 257);

}  // namespace

histogram::histogram() : buckets_(bucket_of(longest) + 1) {}

void histogram::add(duration time) noexcept {
    auto const value = std::max(time, duration::zero());
    ++buckets_[bucket_of(std::min(static_cast<std::uint64_t>(value.count()), longest))];
    ++count_;
    sum_ += static_cast<double>(value.count());
    least_ = std::min(least_, value);
    greatest_ = std::max(greatest_, value);
}

void histogram::merge(histogram const& other) noexcept {
    std::ranges::transform(buckets_, other.buckets_, buckets_.begin(), std::plus<>());
    count_ += other.count_;
    sum_ += other.sum_;
    least_ = std::min(least_, other.least_);
    greatest_ = std::max(greatest_, other.greatest_);
}

histogram::duration histogram::least() const noexcept {
    return count_ == 0 ? duration::zero() : least_;
}

histogram::duration histogram::mean() const noexcept {
    if (count_ == 0) return duration::zero();
    return duration(std::llround(sum_ / static_cast<double>(count_)));
}

histogram::duration histogram::percentile(double percent) const noexcept {
    auto const wanted = std::ceil(static_cast<double>(count_) * percent / 100);
    auto const rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(wanted));
    if (rank >= count_) return greatest_;
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket != buckets_.size(); ++bucket) {
        seen += buckets_[bucket];
        if (seen < rank) continue;
        auto const middle = duration(static_cast<duration::rep>(middle_of(bucket)));
        return std::clamp(middle, least_, greatest_);
    }
    return greatest_;
}

}  // namespace testmta::load
