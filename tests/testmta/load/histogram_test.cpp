#include "load/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace testmta::load {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// Times from nanoseconds to minutes, as many of each order of magnitude.
std::vector<nanoseconds> many_times() {
    std::mt19937 random(7);
    std::uniform_real_distribution<double> exponent(0, 11.3);
    std::vector<nanoseconds> times;
    for (int i = 0; i != 20000; ++i)
        times.emplace_back(static_cast<nanoseconds::rep>(std::pow(10, exponent(random))));
    return times;
}

nanoseconds exact(std::vector<nanoseconds> const& sorted, double percent) {
    auto const rank = std::ceil(static_cast<double>(sorted.size()) * percent / 100);
    return sorted[static_cast<std::size_t>(rank) - 1];
}

TEST(Histogram, APercentileIsWrongByAtMostOnePercent) {
    auto times = many_times();
    histogram counted;
    for (auto const one : times) counted.add(one);
    std::ranges::sort(times);
    for (auto const percent : {1.0, 10.0, 50.0, 90.0, 95.0, 99.0, 99.9}) {
        auto const right = static_cast<double>(exact(times, percent).count());
        auto const got = static_cast<double>(counted.percentile(percent).count());
        EXPECT_NEAR(got, right, right / 100) << percent;
    }
    EXPECT_EQ(counted.least(), times.front());
    EXPECT_EQ(counted.greatest(), times.back());
    EXPECT_EQ(counted.percentile(100), times.back());
}

TEST(Histogram, ShortTimesAreExact) {
    histogram counted;
    for (int i = 1; i <= 200; ++i) counted.add(nanoseconds(i));
    EXPECT_EQ(counted.percentile(50), 100ns);
    EXPECT_EQ(counted.percentile(99), 198ns);
    EXPECT_EQ(counted.mean(), 101ns);  // 100.5, rounded
}

TEST(Histogram, MergingCountsAsOneHistogramWould) {
    histogram whole, even, odd;
    auto const times = many_times();
    for (std::size_t i = 0; i != times.size(); ++i) {
        whole.add(times[i]);
        (i % 2 == 0 ? even : odd).add(times[i]);
    }
    even.merge(odd);
    EXPECT_EQ(even.count(), whole.count());
    EXPECT_EQ(even.least(), whole.least());
    EXPECT_EQ(even.greatest(), whole.greatest());
    EXPECT_NEAR(static_cast<double>(even.mean().count()), static_cast<double>(whole.mean().count()), 1);
    for (auto const percent : {1.0, 50.0, 99.0})
        EXPECT_EQ(even.percentile(percent), whole.percentile(percent));
}

TEST(Histogram, WithoutTimesAllIsZero) {
    histogram const none;
    EXPECT_EQ(none.percentile(50), 0ns);
    EXPECT_EQ(none.least(), 0ns);
    EXPECT_EQ(none.mean(), 0ns);
    histogram merged;
    merged.merge(none);
    EXPECT_EQ(merged.least(), 0ns);
}

TEST(Histogram, TimesBeyondItsRangeStayInIt) {
    histogram counted;
    counted.add(-5ns);
    counted.add(100h);
    EXPECT_EQ(counted.least(), 0ns);
    EXPECT_EQ(counted.greatest(), 100h);
    EXPECT_EQ(counted.count(), 2u);
    EXPECT_GT(counted.percentile(100), 1h);
}

}  // namespace
}  // namespace testmta::load
