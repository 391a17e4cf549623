#include "callout_server/question_runner.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

#include "support/callout_world.hpp"

using namespace std::chrono_literals;

namespace {

callout::core::callout_question plain() {
    return {0, "ann@exists.example"};
}

callout::core::callout_question with_timeout(std::chrono::seconds each) {
    auto question = plain();
    question.timeouts.emplace().fill(each);
    return question;
}

vouchd::config with(callout::mode timeouts) {
    vouchd::config values;
    values.callout_server.timeouts = timeouts;
    return values;
}

class nobody final : public callout::observer {
public:
    void on(callout::any_event const&, callout::steady_time) override {}
};

}  // namespace

TEST(question_runner, asks_under_the_timers_of_the_configuration_or_of_the_client) {
    EXPECT_EQ(mode_for(plain(), with(callout::mode::hard)), callout::mode::hard);
    EXPECT_EQ(mode_for(plain(), with(callout::mode::soft)), callout::mode::soft);
    EXPECT_EQ(mode_for(with_timeout(1s), with(callout::mode::hard)), callout::mode::soft);
}

TEST(question_runner, waits_no_longer_than_callout_hard_total_allows) {
    auto const values = with(callout::mode::hard);
    EXPECT_EQ(budget_for(plain(), values), values.engine.hard_total);
    EXPECT_EQ(budget_for(plain(), with(callout::mode::soft)), values.milter.reply_budget);
    EXPECT_EQ(budget_for(with_timeout(1s), values), (values.engine.dns_total + 7s) * 5);
    EXPECT_EQ(budget_for(with_timeout(300s), values), values.engine.hard_total);
}

// CP-054 CP-067 CP-068
TEST(question_runner, tries_again_what_went_to_the_domains_own_hosts_under_soft_timers) {
    EXPECT_TRUE(is_worth_a_second_try(plain(), with(callout::mode::soft)));
    EXPECT_TRUE(is_worth_a_second_try(with_timeout(1s), with(callout::mode::hard)));
    EXPECT_FALSE(is_worth_a_second_try(plain(), with(callout::mode::hard)));
    for (auto const mode :
         {callout::host_mode::mxonly, callout::host_mode::hostonly, callout::host_mode::hostfirst}) {
        auto question = plain();
        question.how.hosts =
            callout::host_choice(mode, callout::host_name::parse("mx.exists.example").value());
        EXPECT_FALSE(is_worth_a_second_try(question, with(callout::mode::soft)));
    }
}

// CP-107
TEST(question_runner, answers_at_once_what_is_too_much) {
    test::callout_world world;
    world.serve("silent.example", test::callout_peer().on("RCPT", ""));
    vouchd::live_config const live{vouchd::config()};
    vouchd::question_runner runner(live, world.engine(), world.clock, 2);
    nobody watcher;
    callout::core::callout_question const same{0, "ann@silent.example"};
    std::vector<std::optional<callout::verification>> answers(3);
    for (auto& into : answers) {
        boost::asio::co_spawn(
            world.context, runner.run(same, watcher),
            [&into](std::exception_ptr const&, callout::verification found) { into = std::move(found); });
    }
    world.settle();
    EXPECT_FALSE(answers[0]);
    EXPECT_FALSE(answers[1]);
    ASSERT_TRUE(answers[2]);
    EXPECT_EQ(answers[2]->status, callout::status::transient);
    EXPECT_EQ(answers[2]->reason, callout::reason::overloaded);
    EXPECT_EQ(runner.under_way(), 2u);
    world.run_to_the_end();
    EXPECT_TRUE(answers[0] && answers[1]);
    EXPECT_EQ(runner.under_way(), 0u);
}
