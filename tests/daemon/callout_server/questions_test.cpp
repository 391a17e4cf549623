#include "callout_server/questions.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace {

callout::core::callout_question plain() {
    return {0, "ann@exists.example"};
}

callout::core::callout_question with_timeout(std::chrono::seconds each) {
    auto asked = plain();
    asked.timeouts.emplace().fill(each);
    return asked;
}

vouchd::config with(vouchd::patience timeouts) {
    vouchd::config values;
    values.callout_server.timeouts = timeouts;
    return values;
}

}  // namespace

TEST(callout_questions, wait_under_the_timers_of_the_configuration_or_by_their_own) {
    EXPECT_EQ(mode_for(plain(), with(vouchd::patience::hard)), callout::mode::hard);
    EXPECT_EQ(mode_for(plain(), with(vouchd::patience::soft)), callout::mode::soft);
    EXPECT_EQ(mode_for(with_timeout(1s), with(vouchd::patience::hard)), callout::mode::soft);
}

TEST(callout_questions, wait_no_longer_than_callout_hard_total_allows) {
    auto const values = with(vouchd::patience::hard);
    EXPECT_EQ(budget_for(plain(), values), values.engine.hard_total);
    EXPECT_EQ(budget_for(plain(), with(vouchd::patience::soft)), values.milter.reply_budget);
    EXPECT_EQ(budget_for(with_timeout(1s), values), (values.engine.dns_total + 7s) * 5);
    EXPECT_EQ(budget_for(with_timeout(300s), values), values.engine.hard_total);
}

// CP-054 CP-067 CP-068
TEST(callout_questions, are_tried_again_if_they_were_hurried_and_went_to_the_domains_own_hosts) {
    EXPECT_TRUE(is_worth_a_second_try(plain(), with(vouchd::patience::soft)));
    EXPECT_TRUE(is_worth_a_second_try(with_timeout(1s), with(vouchd::patience::hard)));
    EXPECT_FALSE(is_worth_a_second_try(plain(), with(vouchd::patience::hard)));
    for (auto const mode :
         {callout::host_mode::mxonly, callout::host_mode::hostonly, callout::host_mode::hostfirst}) {
        auto asked = plain();
        asked.how.hosts = callout::host_choice(mode, callout::host_name::parse("mx.exists.example").value());
        EXPECT_FALSE(is_worth_a_second_try(asked, with(vouchd::patience::soft)));
    }
}
