#include "callout_server/service.hpp"

#include <gtest/gtest.h>

#include "daemon/support/local_client.hpp"
#include "daemon/support/temporary_folder.hpp"
#include "support/callout_world.hpp"

using namespace std::chrono_literals;

namespace {

/// A callout server in a world whose time stands still until nothing else can happen.
class asking_site {
public:
    asking_site() {
        values.callout_server.enabled = true;
        values.callout_server.listen = {milterproto::socket_spec::parse("unix:" + path()).value()};
        values.log.target = vouchd::log_target::file;
        values.log.file = folder_.file("log");
        world.serve("silent.example", test::callout_peer().on("RCPT", ""));
    }
    ~asking_site() {
        server_.reset();
        settle();
    }

    void start() {
        live_.emplace(values);
        log_.emplace(*live_);
        server_.emplace(world.context.get_executor(), *live_, world.engine(), world.clock, *log_);
        server_->start();
    }
    /// Puts `values` in force, as they are now.
    void reconfigure() { live_->replace(values); }
    void settle() {
        world.context.restart();
        world.context.poll();
    }
    std::string path() const { return folder_.file("callout.sock"); }

private:
    test::temporary_folder folder_;
    std::optional<vouchd::live_config> live_;
    std::optional<vouchd::event_log> log_;

public:
    vouchd::config values;
    test::callout_world world;

private:
    std::optional<vouchd::callout_service> server_;
};

}  // namespace

TEST(callout_service, a_client_whose_RUN_goes_on_is_not_idle) {
    asking_site here;
    here.values.callout_server.idle_timeout = 1s;
    here.start();
    test::local_client client(here.path());
    client.say("VRFY ann@silent.example\r\nRUN\r\n");
    auto const has_answer = [&] { return client.heard().find("OK 0000000000=") != std::string::npos; };
    auto const begun = here.world.clock.now();
    here.world.run_until([&] { return has_answer() || client.hung_up(); });
    EXPECT_TRUE(has_answer()) << client.heard();
    EXPECT_GT(here.world.clock.now() - begun, here.values.callout_server.idle_timeout);

    auto const answered = here.world.clock.now();
    here.world.run_until([&] { return client.hung_up(); });
    EXPECT_EQ(here.world.clock.now() - answered, here.values.callout_server.idle_timeout);
}

TEST(callout_service, a_session_keeps_the_configuration_with_which_it_began) {
    asking_site here;
    here.values.callout_server.idle_timeout = 1min;
    here.start();
    test::local_client first(here.path());
    here.settle();
    here.values.callout_server.idle_timeout = 1s;
    here.reconfigure();
    test::local_client second(here.path());
    here.settle();
    auto const begun = here.world.clock.now();
    here.world.run_until([&] { return second.hung_up(); });
    EXPECT_EQ(here.world.clock.now() - begun, 1s);
    here.world.run_until([&] { return first.hung_up(); });
    EXPECT_EQ(here.world.clock.now() - begun, 1min);
}

// DM-106
TEST(callout_service, a_question_keeps_the_configuration_with_which_it_began) {
    asking_site here;
    here.values.callout_server.timeouts = callout::mode::soft;
    here.values.milter.reply_budget = 2s;
    here.world.options.limits.background_limit = 0;
    here.start();
    test::local_client client(here.path());
    client.say("VRFY ann@silent.example\r\nRUN\r\n");
    here.settle();
    here.values.milter.reply_budget = 3s;
    here.reconfigure();
    auto const begun = here.world.clock.now();
    auto const has_answers = [&] {
        auto const& heard = client.heard();
        return heard.find("OK 0000000000=") != heard.npos;
    };
    here.world.run_until(has_answers);
    EXPECT_EQ(here.world.clock.now() - begun, 2s);

    test::local_client next(here.path());
    next.say("VRFY bob@silent.example\r\nRUN\r\n");
    auto const then = here.world.clock.now();
    here.world.run_until([&] { return next.heard().find("OK 0000000000=") != std::string::npos; });
    EXPECT_EQ(here.world.clock.now() - then, 3s);
}

namespace {

/// How often the silent host is connected to again when a client has asked it, got no verdict, and hung up.
std::size_t connects_after_leaving(std::string const& parameters) {
    asking_site here;
    here.values.callout_server.timeouts = callout::mode::soft;
    here.world.options.limits.background_limit = 0;  // the engine does not ask again by itself
    here.start();
    std::size_t before = 0;
    {
        test::local_client client(here.path());
        client.say("VRFY ann@silent.example" + parameters + "\r\nRUN\r\n");
        here.world.run_until([&] { return client.heard().find("OK 0000000000=") != std::string::npos; });
        before = here.world.net.connects.size();
        EXPECT_GT(before, 0u);
    }
    here.world.run_to_the_end();
    return here.world.net.connects.size() - before;
}

}  // namespace

// CP-106
TEST(callout_service, CP_106_at_the_limit_the_client_that_was_idle_for_longest_gives_way) {
    asking_site here;
    here.values.callout_server.max_connections = 2;
    here.start();
    test::local_client busy(here.path());
    busy.say("VRFY ann@silent.example\r\nRUN\r\n");
    test::local_client idle(here.path());
    here.settle();
    auto const begun = here.world.clock.now();
    here.world.run_until([&] { return here.world.clock.now() - begun >= 10s; });
    EXPECT_FALSE(idle.hung_up()) << "nobody waits for its place";
    test::local_client newcomer(here.path());
    here.world.run_until([&] { return !newcomer.heard().empty(); });
    EXPECT_TRUE(idle.hung_up());
    EXPECT_FALSE(busy.hung_up());
    EXPECT_LE(here.world.clock.now() - begun, 12s);
}

// CP-106
TEST(callout_service, CP_106_a_client_that_came_just_now_keeps_its_place) {
    asking_site here;
    here.values.callout_server.max_connections = 1;
    here.start();
    test::local_client first(here.path());
    here.settle();
    test::local_client newcomer(here.path());
    auto const begun = here.world.clock.now();
    here.world.run_until([&] { return first.hung_up(); });
    EXPECT_GE(here.world.clock.now() - begun, 5s);
    here.settle();
    EXPECT_FALSE(newcomer.heard().empty());
}

// CP-054
TEST(callout_service, CP_054_what_nobody_answered_is_asked_once_more_when_the_client_is_gone) {
    EXPECT_GT(connects_after_leaving(""), 0u);
}

// CP-067 CP-068
TEST(callout_service, CP_067_CP_068_hosts_that_a_client_chose_are_asked_for_that_client_alone) {
    EXPECT_EQ(connects_after_leaving(" MODE=hostonly HOST=mx1.silent.example"), 0u);
    EXPECT_EQ(connects_after_leaving(" MODE=mxonly HOST=silent.example"), 0u);
}
