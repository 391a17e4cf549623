#include "control/control.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <boost/json.hpp>
#include <list>

#include "daemon/support/local_client.hpp"
#include "daemon/support/temporary_folder.hpp"
#include "support/callout_world.hpp"

using namespace std::chrono_literals;

namespace {

/// A control socket in a world whose time stands still until nothing else can happen.
class control_site {
public:
    control_site() {
        values_.control.listen = milterproto::socket_spec::parse("unix:" + path()).value();
        values_.milter.reply_budget = 290s;
    }
    ~control_site() {
        server_.reset();
        settle();
    }

    void start() {
        values_.log.target = vouchd::log_target::file;
        values_.log.file = folder_.file("log");
        live_.emplace(values_);
        log_.emplace(*live_);
        policy_.emplace(*live_, vouchd::default_policies(world.engine()));
        server_.emplace(
            world.context.get_executor(), *live_, *policy_, world.clock, past, world.engine(),
            [this] { return status; }, *log_);
        server_->start();
    }
    void enforce() {
        values_.server.mode = vouchd::mode::enforce;
        live_->replace(values_);
    }
    void settle() {
        world.context.restart();
        world.context.poll();
    }
    std::string path() const { return folder_.file("control.sock"); }

private:
    test::temporary_folder folder_;
    vouchd::config values_;
    std::optional<vouchd::live_config> live_;
    std::optional<vouchd::event_log> log_;

public:
    test::callout_world world;
    vouchd::history past;
    vouchd::daemon_status status;

private:
    std::optional<vouchd::live_policy> policy_;
    std::optional<vouchd::control_server> server_;
};

}  // namespace

TEST(control, serves_its_limit_of_clients_and_turns_the_next_one_away) {
    control_site here;
    here.start();
    std::list<test::local_client> clients;
    for (std::size_t i = 0; i != vouchd::control_server::most_clients; ++i) clients.emplace_back(here.path());
    here.settle();
    test::local_client one_more(here.path());
    here.settle();
    EXPECT_EQ(one_more.heard(), "{\"failure\":\"too many clients; try again later\"}\n");
    EXPECT_TRUE(one_more.hung_up());
    for (auto& one : clients) one.say("{}\n");
    here.settle();
    for (auto& one : clients)
        ASSERT_EQ(one.heard(), "{\"failure\":\"not a query that this daemon knows\"}\n");

    clients.pop_front();
    here.settle();
    test::local_client after(here.path());
    after.say("{}\n");
    here.settle();
    EXPECT_EQ(after.heard(), "{\"failure\":\"not a query that this daemon knows\"}\n");
}

TEST(control, a_silent_client_is_left) {
    control_site here;
    here.start();
    test::local_client silent(here.path());
    auto const begun = here.world.clock.now();
    here.world.run_until([&] { return silent.hung_up(); });
    EXPECT_TRUE(silent.hung_up());
    EXPECT_EQ(here.world.clock.now() - begun, vouchd::control_server::longest_silence);
}

TEST(control, no_time_runs_against_a_client_that_waits_for_its_answer) {
    control_site here;
    here.world.options.dns_total = 4min;
    here.world.dns.delay = 3min;
    here.start();
    test::local_client patient(here.path());
    patient.say("{\"explain\": \"ann@exists.example\"}\n");
    here.world.run_until([&] { return !patient.heard().empty() || patient.hung_up(); });
    EXPECT_NE(patient.heard().find("\"verdict\":{\"result\":\"no_mx\""), std::string::npos)
        << patient.heard();
    EXPECT_FALSE(patient.hung_up());

    auto const answered = here.world.clock.now();
    here.world.run_until([&] { return patient.hung_up(); });
    EXPECT_EQ(here.world.clock.now() - answered, vouchd::control_server::longest_silence);
}

// DM-106
TEST(control, a_question_is_answered_by_the_configuration_with_which_it_began) {
    control_site here;
    here.world.dns.delay = 1s;
    here.start();
    test::local_client client(here.path());
    client.say("{\"explain\": \"ann@exists.example\"}\n");
    here.settle();
    here.enforce();
    here.world.run_until([&] { return !client.heard().empty(); });
    EXPECT_NE(client.heard().find("\"mode\":\"monitor\""), std::string::npos) << client.heard();

    client.say("{\"explain\": \"bob@exists.example\"}\n");
    here.world.run_until([&] { return client.heard().find("bob@exists.example") != std::string::npos; });
    EXPECT_NE(client.heard().find("\"mode\":\"enforce\""), std::string::npos) << client.heard();
}

/// Mail asks for no catch-all, so neither does a report of what mail would be told.
TEST(control, what_is_known_is_told_as_the_next_message_is_told_it) {
    control_site here;
    here.start();
    here.world.serve("exists.example", test::callout_peer());
    here.world.verify("ann@exists.example");
    test::local_client client(here.path());
    client.say("{\"explain\": \"ann@exists.example\", \"cache\": \"cache\"}\n");
    here.world.run_until([&] { return !client.heard().empty(); });
    EXPECT_NE(client.heard().find("\"verdict\":{\"result\":\"success\""), std::string::npos)
        << client.heard();
}

// DM-151: a refusal in the banner is remembered, and is a complaint
TEST(control, a_command_to_forget_is_answered_with_what_went) {
    control_site here;
    here.start();
    here.world.serve("exists.example", test::callout_peer("554 5.7.1 you are listed\r\n"));
    here.world.verify("ann@exists.example");
    struct command {
        std::string_view what, answer;
    };
    test::local_client client(here.path());
    std::string expected;
    for (auto const& [what, answer] : {command{"192.0.2.11", "{\"forgotten\":0}\n"},
                                       {"mx1.exists.example", "{\"forgotten\":2}\n"},
                                       {"mx1.exists.example", "{\"forgotten\":0}\n"},
                                       {"ann@exists.example", "{\"forgotten\":0}\n"},
                                       {"two words",
                                        "{\"failure\":\"two words is neither an address nor a server: this "
                                        "is not a host name or an address\"}\n"}}) {
        client.say("{\"forget\": \"" + std::string(what) + "\"}\n");
        here.settle();
        expected += answer;
        EXPECT_EQ(client.heard(), expected) << what;
    }
}

// RS-119
TEST(control, a_client_that_says_nothing_gives_way_at_the_limit) {
    control_site here;
    here.start();
    std::list<test::local_client> clients;
    for (std::size_t i = 0; i != vouchd::control_server::most_clients; ++i) clients.emplace_back(here.path());
    here.settle();
    here.world.let_pass(2s);
    clients.front().say("{}\n");
    here.settle();
    test::local_client one_more(here.path());
    one_more.say("{}\n");
    here.settle();
    EXPECT_EQ(one_more.heard(), "{\"failure\":\"not a query that this daemon knows\"}\n");
    EXPECT_FALSE(clients.front().hung_up());
    auto const left = std::ranges::count_if(clients, [](auto& one) { return one.hung_up(); });
    EXPECT_EQ(left, 1);
}

namespace {

/// As long as it lives this process gets no descriptor beyond those that it has.
class all_descriptors_taken {
public:
    all_descriptors_taken() {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        int const lowest = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        ::close(lowest);
        auto taken = before_;
        taken.rlim_cur = static_cast<rlim_t>(lowest);
        ::setrlimit(RLIMIT_NOFILE, &taken);
    }
    ~all_descriptors_taken() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    all_descriptors_taken(all_descriptors_taken const&) = delete;

private:
    rlimit before_{};
};

}  // namespace

// RS-088, RS-119
TEST(control, is_heard_when_all_descriptors_are_taken) {
    control_site here;
    here.start();
    std::list<test::local_client> clients;
    for (int i = 0; i != 6; ++i) clients.emplace_back(here.path());
    all_descriptors_taken const now;
    here.settle();
    auto const is_heard = [&](test::local_client& one) {
        one.say("{}\n");
        here.settle();
        return one.heard() == "{\"failure\":\"not a query that this daemon knows\"}\n";
    };
    auto fifth = std::next(clients.begin(), 4);
    EXPECT_TRUE(is_heard(clients.front()));
    EXPECT_TRUE(is_heard(*std::prev(fifth)));
    EXPECT_FALSE(is_heard(*fifth)) << "four are kept";
    clients.pop_front();  // it hangs up, and what it held is kept again
    here.settle();
    // The listener tries again in its own time.
    here.world.context.restart();
    while (fifth->heard().empty() && here.world.context.run_one_for(20s) != 0) {
    }
    EXPECT_EQ(fifth->heard(), "{\"failure\":\"not a query that this daemon knows\"}\n");
}

// DM-160
TEST(control, says_how_the_daemon_is_and_counts_its_own_clients) {
    control_site here;
    here.status.loop.counts[0] = 7;
    here.status.bounds.emplace_back("questions", 3, 2200);
    here.start();
    test::local_client one(here.path());
    test::local_client other(here.path());
    here.settle();
    one.say("{\"status\":true}\n");
    here.settle();
    auto expected = here.status;
    expected.bounds.emplace_back("control_clients", 2, vouchd::control_server::most_clients);
    EXPECT_EQ(vouchd::status_from(boost::json::parse(one.heard())).value(), expected);
}
