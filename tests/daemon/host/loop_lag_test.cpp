#include "host/loop_lag.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <vector>

#include "callout/testing/virtual_clock.hpp"
#include "host/scheduler_wait.hpp"

namespace asio = boost::asio;
using namespace std::chrono_literals;
using vouchd::loop_lag;

namespace {

/// A loop whose time is the test's, and a machine that takes the processor away as the test wants it.
class measured_loop {
public:
    measured_loop() {
        asio::co_spawn(context_, lag.run(), asio::detached);
        run();
    }
    ~measured_loop() {
        lag.stop();
        run();
    }

    /// Time passes, and the loop comes to its work only after that.
    void stand_still(std::chrono::nanoseconds how_long, std::chrono::nanoseconds by_the_machine = 0ns) {
        queued_ += by_the_machine;
        clock_.advance(std::chrono::duration_cast<callout::steady_time::duration>(how_long));
        run();
    }

private:
    void run() {
        context_.restart();
        context_.poll();
    }

    asio::io_context context_;
    callout::testing::virtual_clock clock_{context_};
    std::chrono::nanoseconds queued_ = 0ns;

public:
    std::vector<loop_lag::news> news;
    loop_lag lag{clock_, 100ms, [this] { return std::optional(queued_); },
                 [this](loop_lag::news const& what) { news.push_back(what); }};
};

}  // namespace

TEST(loop_lag, looks_once_in_each_interval) {  // DM-158
    measured_loop here;
    for (int i = 0; i != 5; ++i) here.stand_still(100ms);
    EXPECT_EQ(here.lag.report().moments(), 5u);
    EXPECT_EQ(here.lag.report().longest, 0ns);
    EXPECT_EQ(here.lag.report().interval, 100ms);
}

TEST(loop_lag, measures_a_stop_from_the_time_at_which_it_was_due) {  // DM-158
    measured_loop here;
    here.stand_still(130ms);
    EXPECT_EQ(here.lag.report().longest, 30ms);
    EXPECT_TRUE(here.news.empty());
}

TEST(loop_lag, tells_of_a_stop_of_its_own_doing_at_most_once_a_minute) {  // DM-159
    measured_loop here;
    here.stand_still(250ms);
    ASSERT_EQ(here.news.size(), 1u);
    EXPECT_EQ(here.news[0].own, 150ms);
    EXPECT_EQ(here.news[0].in_all, 150ms);
    EXPECT_EQ(here.news[0].others, 0u);
    here.stand_still(300ms);
    here.stand_still(200ms);  // 100 ms late is not too late
    here.stand_still(300ms);
    EXPECT_EQ(here.news.size(), 1u);
    here.stand_still(100ms);
    for (int i = 0; i != 600; ++i) here.stand_still(100ms);
    here.stand_still(300ms);
    ASSERT_EQ(here.news.size(), 2u);
    EXPECT_EQ(here.news[1].own, 200ms);
    EXPECT_EQ(here.news[1].others, 2u);
}

TEST(loop_lag, tells_nothing_of_a_stop_that_the_machine_has_caused) {  // DM-159
    measured_loop here;
    here.stand_still(2100ms, 1950ms);
    EXPECT_TRUE(here.news.empty());
    EXPECT_EQ(here.lag.report().longest, 50ms);
    EXPECT_EQ(here.lag.report().longest_in_all, 2s);
}

TEST(scheduler_wait, never_goes_back) {  // DM-158
    vouchd::scheduler_wait const waited;
    auto const before = waited.so_far(), after = waited.so_far();
    ASSERT_EQ(before.has_value(), after.has_value());
    EXPECT_LE(before, after);
}
