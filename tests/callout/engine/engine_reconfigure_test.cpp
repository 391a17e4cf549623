// New options are those of the questions that begin afterwards; nothing that is known or under way is lost.

#include <gtest/gtest.h>

#include "callout/engine.hpp"
#include "support/callout_names.hpp"
#include "support/callout_world.hpp"

using namespace callout;
using test::callout_peer;
using test::callout_world;
using namespace std::chrono_literals;

namespace {

/// A world whose first question waits for DNS while its engine hears of other options.
class changing_world : public callout_world {
public:
    changing_world() {
        options.helo = test::helo("old.example.net");
        options.limits = politeness_limits::lifted();
        dns.delay = 100ms;
        serve("example.org", callout_peer());
    }
    ~changing_world() { run_to_the_end(); }  // the first question is answered into a member

    void begin(std::string_view address) {
        ask(address, 30s, first);
        run_until([&] { return !dns.asked.empty(); });
    }
    /// Puts `options` in force while the first question is under way, and sees that to its end.
    void reconfigure() {
        engine().reconfigure(options);
        run_until([&] { return first.has_value(); });
    }
    bool has_heard(std::size_t connection, std::string_view what) const {
        return net.connections.at(connection).heard.find(what) != std::string::npos;
    }

    std::optional<verification> first;
};

}  // namespace

TEST(engine_reconfigure, a_question_under_way_keeps_the_options_with_which_it_began) {  // DM-106
    changing_world w;
    w.begin("ann@example.org");
    w.options.helo = test::helo("new.example.net");
    w.options.source_ipv4 = test::ip("192.0.2.99");
    auto const allowed = std::exchange(w.options.destinations.allow, {});
    w.reconfigure();
    EXPECT_EQ(w.first->status, status::pass) << w.first->message;
    EXPECT_TRUE(w.has_heard(0, "EHLO old.example.net"));
    EXPECT_FALSE(w.net.connections.at(0).source);

    EXPECT_EQ(w.verify("bob@example.org").reason, reason::forbidden_target);
    w.options.destinations.allow = allowed;
    w.engine().reconfigure(w.options);
    EXPECT_EQ(w.verify("bob@example.org").status, status::pass);
    EXPECT_TRUE(w.has_heard(1, "EHLO new.example.net"));
    EXPECT_EQ(w.net.connections.at(1).source, test::ip("192.0.2.99"));
}

TEST(engine_reconfigure, what_is_known_stays_known) {  // CO-179
    changing_world w;
    EXPECT_EQ(w.verify("ann@example.org").cached, freshness::live);
    w.options.helo = test::helo("new.example.net");
    w.engine().reconfigure(w.options);
    EXPECT_EQ(w.verify("ann@example.org").cached, freshness::cached);
}

TEST(engine_reconfigure, what_is_learnt_afterwards_is_kept_as_long_as_the_new_options_say) {
    changing_world w;
    w.begin("ann@example.org");
    w.options.lifetimes.positive = 1min;
    w.options.lifetimes.weak_positive = 1min;
    w.options.lifetimes.jitter_percent = 0;
    w.reconfigure();
    EXPECT_EQ(w.verify("ann@example.org").cached, freshness::cached);
    w.let_pass(2min);
    EXPECT_EQ(w.verify("ann@example.org").cached, freshness::live);
}

TEST(engine_reconfigure, a_host_that_blocks_our_old_address_is_asked_from_the_new_one) {
    changing_world w;
    w.serve("example.org", callout_peer("554 5.7.1 your address is on a block list\r\n"));
    w.options.source_ipv4 = test::ip("192.0.2.98");
    w.begin("ann@example.org");
    w.options.source_ipv4 = test::ip("192.0.2.99");
    w.reconfigure();
    EXPECT_EQ(w.first->reason, reason::blocked);

    w.serve("example.org", callout_peer());
    EXPECT_EQ(w.verify("bob@example.org").status, status::pass);
    EXPECT_EQ(w.net.connections.back().source, test::ip("192.0.2.99"));
}

TEST(engine_reconfigure, a_limit_that_is_raised_lets_those_in_who_wait) {
    changing_world w;
    w.dns.delay = 0ms;
    w.serve("silent.example", callout_peer(""), "192.0.2.11");
    w.options.limits.max_parallel = 1;
    std::optional<verification> second;
    w.ask("ann@silent.example", 30s, w.first);
    w.ask("ann@example.org", 30s, second);
    w.run_until([&] { return w.engine().numbers().waiting == 1; });
    auto const begun = w.clock.now();
    w.options.limits.max_parallel = 2;
    w.engine().reconfigure(w.options);
    w.run_until([&] { return second.has_value(); });
    EXPECT_EQ(second->status, status::pass) << second->message;
    EXPECT_EQ(w.clock.now(), begun);
}
