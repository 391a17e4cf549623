#include "host/lag_meter.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;
using vouchd::lag_meter;
using vouchd::lag_report;

namespace {

/// The moments of the class that ends with `to`.
std::uint64_t moments_to(lag_report const& report, std::chrono::milliseconds to) {
    for (std::size_t i = 0; i != lag_report::classes.size(); ++i) {
        if (lag_report::classes[i] == to) return report.counts[i];
    }
    return report.counts.back();
}

}  // namespace

TEST(lag_meter, counts_moments_by_how_late_they_were) {  // DM-158
    lag_meter meter(1s);
    for (auto const late : {0ns, 1'000'000ns, 1'000'001ns, 20'000'000ns, 1'000'000'000ns})
        meter.note(late, std::nullopt);
    EXPECT_EQ(moments_to(meter.report(), 1ms), 2u);
    EXPECT_EQ(moments_to(meter.report(), 2ms), 1u);
    EXPECT_EQ(moments_to(meter.report(), 20ms), 1u);
    EXPECT_EQ(moments_to(meter.report(), 1000ms), 1u);
    EXPECT_EQ(meter.report().moments(), 5u);
    EXPECT_EQ(meter.report().longest, 1s);
}

TEST(lag_meter, takes_off_what_the_thread_waited_for_a_processor) {  // DM-158
    lag_meter meter(100ms);
    meter.begin(5s);
    EXPECT_EQ(meter.note(80ms, 5s + 50ms), 30ms);
    EXPECT_EQ(meter.note(80ms, 5s + 50ms), 80ms) << "it has not waited since";
    EXPECT_EQ(meter.note(10ms, 6s), 0ms) << "it waited before that was due";
    EXPECT_EQ(meter.report().longest, 80ms);
    EXPECT_EQ(meter.report().longest_in_all, 80ms);
    EXPECT_TRUE(meter.report().scheduler_is_known);
}

TEST(lag_meter, takes_all_lateness_for_ours_where_the_scheduler_tells_nothing) {  // DM-158
    lag_meter meter(100ms);
    meter.begin(std::nullopt);
    EXPECT_EQ(meter.note(80ms, std::nullopt), 80ms);
    EXPECT_FALSE(meter.report().scheduler_is_known);
}

TEST(lag_meter, counts_the_moments_that_a_stop_has_made_it_miss) {  // DM-158
    lag_meter meter(5ms);
    meter.note(32ms, std::nullopt);  // so 27, 22, 17, 12, 7 and 2 ms
    EXPECT_EQ(moments_to(meter.report(), 50ms), 3u);
    EXPECT_EQ(moments_to(meter.report(), 20ms), 2u);
    EXPECT_EQ(moments_to(meter.report(), 10ms), 1u);
    EXPECT_EQ(moments_to(meter.report(), 2ms), 1u);
    EXPECT_EQ(meter.report().moments(), 7u);
}

TEST(lag_meter, spends_no_more_time_on_a_stop_of_a_day) {  // DM-158
    lag_meter meter(1ms);
    meter.note(24h, std::nullopt);
    EXPECT_EQ(meter.report().moments(), 1001u);
    EXPECT_EQ(meter.report().longest, 24h);
}

TEST(lag_meter, takes_a_clock_that_rang_early_for_punctual) {
    lag_meter meter(5ms);
    EXPECT_EQ(meter.note(-1ms, 1s), 0ms);
    EXPECT_EQ(meter.report().longest_in_all, 0ns);
}
