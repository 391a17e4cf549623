// A name system that misses far more than usual is not believed.

#include <gtest/gtest.h>

#include "callout/engine.hpp"
#include "support/callout_world.hpp"

using namespace callout;
using test::callout_peer;
using test::callout_world;
using namespace std::chrono_literals;

namespace {

class engine_doubt : public ::testing::Test {
protected:
    engine_doubt() {
        w.options.lifetimes.jitter_percent = 0;
        w.news.dns_doubted = [this](missing_domains const& shares) {
            ++doubted;
            of_late = shares.of_late;
        };
        w.news.dns_believed = [this](missing_domains const& shares) {
            ++believed;
            at_the_end = shares.of_late;
        };
        w.serve("example.org", callout_peer());
    }

    /// Asks for a client of another network each time.
    verification ask(std::string const& address, cache_use cache = cache_use::normal) {
        request what(mailbox::parse(address).value());
        what.who.client = boost::asio::ip::address_v4(0x0b000000U + (++askers << 8));
        what.cache = cache;
        return w.verify(std::move(what));
    }
    /// Domains that were there a moment ago are missing now. Returns the last answer.
    verification lose_domains(int how_many) {
        verification last;
        for (int i = 0; i < how_many; ++i) {
            last = ask("ann@lost" + std::to_string(++lost) + ".example");
            w.let_pass(1s);
        }
        return last;
    }

    callout_world w;
    int doubted = 0, believed = 0;
    double of_late = 0, at_the_end = 0;

private:
    std::uint32_t askers = 0;
    int lost = 0;
};

}  // namespace

TEST_F(engine_doubt, leap_of_missing_domains_refuses_nobody_and_is_told_once) {  // CO-232
    EXPECT_EQ(lose_domains(19).reason, reason::no_domain);
    EXPECT_EQ(doubted, 0);
    auto const doubtful = lose_domains(1);
    EXPECT_EQ(doubtful.status, status::transient);
    EXPECT_EQ(doubtful.reason, reason::dns);
    EXPECT_FALSE(doubtful.unconfirmed) << "who refuses mail \"for now\" does not refuse this";
    EXPECT_EQ(doubtful.message.substr(0, 9), "451 4.4.3") << doubtful.message;
    EXPECT_TRUE(w.engine().numbers().doubts_dns);
    lose_domains(20);
    EXPECT_EQ(doubted, 1);
    EXPECT_EQ(of_late, 1.0);
    EXPECT_EQ(ask("ann@example.org").status, status::pass) << "what it knows is believed";
}

TEST_F(engine_doubt, what_it_confirmed_shortly_before_is_not_believed_either) {  // CO-232
    ask("ann@example.org");
    EXPECT_TRUE(ask("bob@gone.example").unconfirmed);
    w.let_pass(70s);
    auto const confirmed = ask("bob@gone.example");
    EXPECT_FALSE(confirmed.unconfirmed);
    EXPECT_EQ(confirmed.status, status::fail);
    EXPECT_EQ(ask("bob@gone.example").cached, freshness::cached);
    lose_domains(25);
    EXPECT_EQ(ask("bob@gone.example").reason, reason::dns);
    w.serve("gone.example", callout_peer(), "192.0.2.11");
    EXPECT_EQ(ask("bob@gone.example").status, status::pass) << "the record is not read while DNS is doubted";
}

TEST_F(engine_doubt, record_of_the_outage_is_not_believed_when_it_is_over) {  // CO-232
    ask("ann@example.org");
    ask("bob@gone.example");
    w.let_pass(70s);
    EXPECT_EQ(ask("bob@gone.example").status, status::fail);
    lose_domains(25);
    w.let_pass(15min);
    ask("ann@example.org", cache_use::refresh);
    EXPECT_EQ(believed, 1);
    EXPECT_GT(at_the_end, 0.9) << "it is told of the votes that were weighed until then";
    EXPECT_FALSE(w.engine().numbers().doubts_dns);
    w.serve("gone.example", callout_peer(), "192.0.2.11");
    EXPECT_EQ(ask("bob@gone.example").status, status::pass);
}

TEST_F(engine_doubt, record_from_long_before_holds_when_it_is_over) {  // CO-232
    ask("ann@example.org");
    ask("bob@gone.example");
    w.let_pass(70s);
    EXPECT_EQ(ask("bob@gone.example").status, status::fail);
    w.let_pass(40min);
    lose_domains(25);
    EXPECT_EQ(ask("bob@gone.example").reason, reason::dns);
    w.let_pass(15min);
    auto const again = ask("bob@gone.example");
    EXPECT_EQ(again.status, status::fail);
    EXPECT_EQ(again.cached, freshness::cached);
}

TEST_F(engine_doubt, nothing_is_learnt_of_what_is_doubted) {  // CO-230, CO-232
    ask("ann@example.org");
    lose_domains(25);
    EXPECT_EQ(ask("bob@gone.example").reason, reason::dns);
    w.let_pass(15min);
    ask("ann@example.org", cache_use::refresh);
    EXPECT_TRUE(ask("bob@gone.example").unconfirmed) << "this is the first look";
}

TEST_F(engine_doubt,
       questions_without_a_trace_and_hosts_that_an_asker_chose_have_no_vote) {  // CO-152, CO-232
    for (int i = 0; i < 40; ++i) {
        auto const domain = "d" + std::to_string(i) + ".example";
        ask("ann@" + domain, cache_use::none);
        request chosen(mailbox::parse("ann@e" + domain).value());
        chosen.hosts = host_choice(host_mode::mxonly, host_name::parse("nowhere." + domain).value());
        w.verify(std::move(chosen));
        w.let_pass(1s);
    }
    EXPECT_EQ(doubted, 0);
}
