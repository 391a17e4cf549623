#include "core/dns_brake.hpp"

#include <gtest/gtest.h>

#include <random>

#include "support/callout_moments.hpp"

using callout::peer_address;
using callout::steady_time;
using callout::core::dns_brake;
using callout::core::party;
using namespace std::chrono_literals;
using change = dns_brake::change;

namespace {

/// Votes of networks and organisations that have not voted before.
class flow {
public:
    explicit flow(dns_brake& to) : to_(to) {}

    /// Returns what the last change was.
    change cast(std::size_t votes, double missing, std::chrono::milliseconds apart = 1s) {
        auto last = change::none;
        std::bernoulli_distribution is_missing(missing);
        for (std::size_t i = 0; i < votes; ++i) {
            now += apart;
            auto const changed = vote(is_missing(chance_));
            if (changed != change::none) last = changed;
        }
        return last;
    }
    change vote(bool is_missing) {
        ++voters_;
        auto const address =
            boost::asio::ip::address_v4(0x0b000000U + static_cast<std::uint32_t>(voters_ << 8));
        return to_.vote(is_missing, "d" + std::to_string(voters_) + ".example",
                        party::of_network(peer_address(address)), now);
    }

    steady_time now = test::now;

private:
    dns_brake& to_;
    std::mt19937 chance_{1};
    std::size_t voters_ = 0;
};

}  // namespace

TEST(dns_brake, is_pulled_when_all_domains_are_missing) {  // CO-232
    dns_brake brake;
    flow votes(brake);
    EXPECT_EQ(votes.cast(dns_brake::fewest_votes - 1, 1.0), change::none) << "these are too few to say";
    EXPECT_FALSE(brake.is_on(votes.now));
    EXPECT_EQ(votes.vote(true), change::pulled);
    EXPECT_TRUE(brake.is_on(votes.now));
    EXPECT_EQ(votes.vote(true), change::none) << "it is told once";
    EXPECT_EQ(brake.share_of_late(), 1.0);
}

TEST(dns_brake, knows_what_is_usual) {  // CO-232
    dns_brake brake;
    flow votes(brake);
    EXPECT_EQ(votes.cast(20'000, 0.1), change::none);
    EXPECT_NEAR(brake.usual_share(), 0.1, 0.02);
    EXPECT_EQ(votes.cast(100, 0.75), change::pulled);

    dns_brake of_a_spam_trap;
    flow spam(of_a_spam_trap);
    spam.cast(20'000, 0.75);
    spam.now += dns_brake::hold;
    spam.cast(1, 0.75);
    ASSERT_FALSE(of_a_spam_trap.is_on(spam.now));
    EXPECT_EQ(spam.cast(200, 0.75), change::none) << "this is usual there";
    EXPECT_EQ(spam.cast(100, 1.0), change::pulled);
}

TEST(dns_brake, wave_of_spam_that_is_less_than_half_of_the_mail_does_not_pull_it) {  // CO-232
    dns_brake brake;
    flow votes(brake);
    votes.cast(2'000, 0.05);
    EXPECT_EQ(votes.cast(1'000, 0.25), change::none);
}

TEST(dns_brake, name_system_that_is_gone_never_becomes_usual) {  // CO-232
    dns_brake brake;
    flow votes(brake);
    votes.cast(2'000, 0.05, 10s);
    EXPECT_EQ(votes.cast(2'000, 1.0, 1min), change::pulled);  // a day and a half
    EXPECT_TRUE(brake.is_on(votes.now));
}

TEST(dns_brake, is_released_after_ten_minutes_without_a_sign) {  // CO-232
    dns_brake brake;
    flow votes(brake);
    ASSERT_EQ(votes.cast(40, 1.0), change::pulled);
    auto const pulled = votes.now;
    votes.cast(64, 0.0, 1s);
    EXPECT_TRUE(brake.is_on(pulled + 9min));
    votes.now = pulled + 15min;
    EXPECT_EQ(votes.vote(false), change::released);
    EXPECT_FALSE(brake.is_on(votes.now));
}

TEST(dns_brake, old_votes_do_not_count) {  // CO-232
    dns_brake brake;
    flow votes(brake);
    votes.cast(19, 1.0);
    votes.now += dns_brake::vote_life;
    EXPECT_EQ(votes.cast(19, 1.0), change::none);
    EXPECT_EQ(votes.cast(1, 1.0), change::pulled);
}

TEST(dns_brake, one_network_cannot_pull_it) {  // CO-232, RS-101
    dns_brake brake;
    flow others(brake);
    others.cast(64, 0.0);
    auto const stranger = party::of_network(peer_address(boost::asio::ip::make_address("203.0.113.7")));
    for (int i = 0; i < 10'000; ++i) {
        others.now += 10ms;
        auto const named = "storm" + std::to_string(i) + ".example";
        ASSERT_EQ(brake.vote(true, named, stranger, others.now), change::none);
    }
}

TEST(dns_brake, one_organisation_cannot_pull_it) {  // CO-232, RS-101
    dns_brake brake;
    flow others(brake);
    others.cast(64, 0.0);
    for (std::uint32_t i = 0; i < 10'000; ++i) {
        others.now += 10ms;
        auto const network = boost::asio::ip::address_v4(0x20000000U + (i << 8));
        ASSERT_EQ(brake.vote(true, "evil.example", party::of_network(peer_address(network)), others.now),
                  change::none);
    }
}

TEST(dns_brake, askers_without_an_address_speak_for_many) {  // CO-232
    dns_brake brake;
    auto changed = change::none;
    for (int i = 0; i < 20; ++i)
        changed = brake.vote(true, "d" + std::to_string(i) + ".example", party::unknown(), test::now);
    EXPECT_EQ(changed, change::pulled);
}
