#include "policy/judge.hpp"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <exception>

#include "daemon/support/scripted_steps.hpp"
#include "support/callout_world.hpp"

using namespace std::chrono_literals;
using vouchd::ruling;

namespace {

milterproto::smtp_reply go_away() {
    return milterproto::smtp_reply::make(550, "5.7.1", "go away").value();
}

/// A judge whose policy holds steps of the test's own, in a world whose time is the test's.
class court {
public:
    void add_rule(std::string name, ruling says) {
        steps_.push_back(std::make_unique<test::scripted_rule>(std::move(name), std::move(says), looked));
    }
    void add_wait(std::string name, std::chrono::milliseconds pause, ruling says) {
        steps_.push_back(
            std::make_unique<test::scripted_wait>(std::move(name), world.clock, pause, std::move(says)));
    }
    void add_broken() { steps_.push_back(std::make_unique<test::broken_step>(world.clock)); }

    vouchd::judge judge() {
        auto const shared = std::make_shared<vouchd::config const>(values);
        return vouchd::judge(std::make_shared<vouchd::policy const>(shared, std::move(steps_)));
    }

    /// Begins to decide; what comes of it will stand in `made` or in `thrown`.
    void begin() {
        auto const done = [this](std::exception_ptr fault, std::optional<vouchd::decision> decided) {
            thrown = std::move(fault);
            made = std::move(decided);
            decided_at = world.clock.now();
            is_over = true;
        };
        boost::asio::co_spawn(world.context, decide(judge()),
                              boost::asio::bind_cancellation_slot(cancel.slot(), done));
    }
    void run() {
        begin();
        world.run_until([this] { return is_over; });
    }

    test::callout_world world;
    vouchd::config values;
    std::vector<std::string> looked;
    std::optional<vouchd::decision> made;
    std::exception_ptr thrown;
    callout::steady_time decided_at;
    bool is_over = false;
    boost::asio::cancellation_signal cancel;

private:
    boost::asio::awaitable<std::optional<vouchd::decision>> decide(vouchd::judge by) {
        vouchd::subject const ann("<ann@example.org>");
        vouchd::wish const wanted(vouchd::occasion::mail);
        auto const until = world.clock.now() + 30s;
        auto decided = co_await by.decide(ann, wanted, until);
        co_return std::optional<vouchd::decision>(std::move(decided));
    }

    vouchd::policy::steps steps_;
};

std::string text_of(std::exception_ptr const& thrown) {
    try {
        if (thrown) std::rethrow_exception(thrown);
    } catch (std::exception const& fault) {
        return fault.what();
    }
    return "nothing was thrown";
}

std::vector<std::string> names_in(vouchd::decision const& made) {
    std::vector<std::string> names;
    for (auto const& one : made.trace) names.push_back(one.name);
    return names;
}

}  // namespace

TEST(judge, asks_the_steps_in_their_order_until_one_decides) {
    court here;
    here.add_rule("first", ruling::go_on({"not mine"}));
    here.add_wait("second", 1s, ruling::go_on({"nor mine"}));
    here.add_rule("third", ruling::spare({"mine"}));
    here.add_rule("fourth", ruling::refuse({"too late"}, go_away()));
    here.run();
    ASSERT_TRUE(here.made) << text_of(here.thrown);
    EXPECT_EQ(here.looked, (std::vector<std::string>{"first", "third"}));
    EXPECT_EQ(names_in(*here.made), (std::vector<std::string>{"first", "second", "third"}));
    EXPECT_EQ(here.made->rule(), "third");
    EXPECT_EQ(here.made->action_word(), "skip");
}

TEST(judge, the_trace_tells_what_each_step_said) {
    court here;
    here.add_wait("second", 1s, ruling::go_on({vouchd::remark::about::sender_domain, " is unknown"}));
    here.add_rule("third", ruling::refuse({"no more"}, go_away()));
    here.run();
    ASSERT_TRUE(here.made) << text_of(here.thrown);
    vouchd::subject const ann("<ann@example.org>");
    auto const& trace = here.made->trace;
    ASSERT_EQ(trace.size(), 2u);
    EXPECT_FALSE(trace[0].matched());
    EXPECT_EQ(trace[0].why.text(ann), "example.org is unknown");
    EXPECT_TRUE(trace[1].matched());
    EXPECT_EQ(trace[1].effect, vouchd::effect::refuse);
    EXPECT_EQ(trace[1].why.text(ann), "no more");
}

TEST(judge, waits_for_a_step_that_waits_and_for_no_other) {
    court slow;
    slow.add_wait("slow", 7s, ruling::let_pass({"at last"}));
    auto const begun = slow.world.clock.now();
    slow.run();
    ASSERT_TRUE(slow.made) << text_of(slow.thrown);
    EXPECT_EQ(slow.decided_at - begun, 7s);
    EXPECT_EQ(slow.made->rule(), "slow");
    EXPECT_EQ(slow.made->action_word(), "continue");

    court quick;
    quick.add_rule("quick", ruling::spare({"at once"}));
    quick.add_wait("slow", 7s, ruling::let_pass({"at last"}));
    quick.run();
    ASSERT_TRUE(quick.made) << text_of(quick.thrown);
    EXPECT_EQ(quick.decided_at, begun);
}

TEST(judge, decides_at_once_only_where_no_step_has_to_wait) {
    vouchd::subject const ann("<ann@example.org>");
    court quick;
    quick.add_rule("quick", ruling::spare({"at once"}, vouchd::reach::recipient));
    quick.add_wait("slow", 7s, ruling::let_pass({"at last"}));
    auto const made = quick.judge().at_once(ann);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->rule(), "quick");
    EXPECT_EQ(made->reach, vouchd::reach::recipient);

    court slow;
    slow.add_wait("slow", 7s, ruling::go_on({"no"}));
    slow.add_rule("quick", ruling::spare({"at once"}));
    EXPECT_FALSE(slow.judge().at_once(ann));
}

// DM-045
TEST(judge, a_step_that_refuses_does_so_in_enforce_mode_alone) {
    for (auto const mode : {vouchd::mode::monitor, vouchd::mode::enforce}) {
        court here;
        here.values.server.mode = mode;
        here.add_rule("guard", ruling::refuse({"no"}, go_away()));
        here.run();
        ASSERT_TRUE(here.made) << text_of(here.thrown);
        EXPECT_EQ(here.made->wanted, vouchd::action::reject);
        EXPECT_EQ(here.made->effective,
                  mode == vouchd::mode::enforce ? vouchd::action::reject : vouchd::action::proceed);
        EXPECT_EQ(here.made->reply->text(), "550 5.7.1 go away");
    }
}

TEST(judge, mail_passes_where_no_step_decides) {
    court here;
    here.values.server.mode = vouchd::mode::enforce;
    here.add_rule("only", ruling::go_on({"no"}));
    here.run();
    ASSERT_TRUE(here.made) << text_of(here.thrown);
    EXPECT_EQ(here.made->effective, vouchd::action::proceed);
    EXPECT_EQ(here.made->action_word(), "continue");
    EXPECT_FALSE(here.made->is_final());
}

TEST(judge, what_a_step_throws_comes_out) {
    court here;
    here.add_broken();
    here.add_rule("after", ruling::spare({"never asked"}));
    here.run();
    EXPECT_FALSE(here.made);
    EXPECT_EQ(text_of(here.thrown), "the step is broken");
    EXPECT_TRUE(here.looked.empty());
}

TEST(judge, asks_no_further_step_after_it_was_cancelled) {
    court here;
    here.add_wait("slow", 7s, ruling::go_on({"no"}));
    here.add_rule("after", ruling::spare({"never asked"}));
    auto const begun = here.world.clock.now();
    here.begin();
    here.world.let_pass(1s);
    here.cancel.emit(boost::asio::cancellation_type::terminal);
    here.world.run_until([&] { return here.is_over; });
    EXPECT_TRUE(here.is_over);
    EXPECT_EQ(here.decided_at - begun, 1s);
    EXPECT_FALSE(here.made);
    EXPECT_TRUE(here.looked.empty());
}
