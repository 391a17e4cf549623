#include "config/units.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;
using vouchd::parse_duration;
using vouchd::parse_size;

TEST(units, duration_takes_every_unit_and_compounds) {
    EXPECT_EQ(parse_duration("250ms"), 250ms);
    EXPECT_EQ(parse_duration("8s"), 8s);
    EXPECT_EQ(parse_duration("1.5s"), 1500ms);
    EXPECT_EQ(parse_duration("1h30m"), 90min);
    EXPECT_EQ(parse_duration("2d"), 48h);
    EXPECT_EQ(parse_duration("1w"), 168h);
    EXPECT_EQ(parse_duration("0"), 0ms);
}

TEST(units, duration_refuses_what_has_no_unit_or_no_bound) {
    for (auto const* text :
         {"", "8", "s", "-1s", "1e3s", "8 s", "8sec", "inf s", "nan", "1s!", "99999999w"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
}

TEST(units, duration_text_is_read_back_as_the_same) {
    for (auto const duration : {0ms, 1ms, 1500ms, 90'000ms, 7'210'000ms, 604'800'001ms}) {
        EXPECT_EQ(parse_duration(vouchd::to_text(duration)), duration) << vouchd::to_text(duration);
    }
}

TEST(units, size_needs_a_unit_and_stays_in_bounds) {
    EXPECT_EQ(parse_size("64KiB"), 65536u);
    EXPECT_EQ(parse_size("1GiB"), 1u << 30);
    EXPECT_EQ(parse_size("0B"), 0u);
    for (auto const* text :
         {"", "64", "64kb", "-1B", "1.5MiB", "99999999999999999999B", "18446744073709551615GiB"}) {
        EXPECT_FALSE(parse_size(text)) << text;
    }
    EXPECT_EQ(vouchd::size_text(65536), "64KiB");
    EXPECT_EQ(vouchd::size_text(65535), "65535B");
}

TEST(units, rate_is_a_count_and_a_time) {
    EXPECT_EQ(vouchd::parse_rate("60/1m"), (callout::rate{60, 1min}));
    EXPECT_EQ(vouchd::parse_rate("1/1h30m"), (callout::rate{1, 90min}));
    for (auto const* text :
         {"", "60", "60/", "/1m", "0/1m", "60/0", "60/1", "-1/1s", "60/1m/1m", "1.5/1s", "99999999999/1s"}) {
        EXPECT_FALSE(vouchd::parse_rate(text)) << text;
    }
    EXPECT_EQ(vouchd::to_text(callout::rate{120, 1min}), "120/1m");
}
