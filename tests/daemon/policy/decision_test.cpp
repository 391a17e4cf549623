#include "policy/decision.hpp"

#include <gtest/gtest.h>

#include "daemon/support/known_answer.hpp"

namespace {

vouchd::config in_mode(vouchd::mode mode) {
    vouchd::config values;
    values.server.mode = mode;
    return values;
}

callout::verification refused(std::string message) {
    callout::verification verified(callout::status::fail, callout::reason::no_mailbox);
    verified.host = "mx1.example.org";
    verified.message = std::move(message);
    return verified;
}

vouchd::decision judge(std::string sender, callout::verification verified,
                       vouchd::mode mode = vouchd::mode::enforce) {
    return test::decided(vouchd::subject(std::move(sender)), in_mode(mode), std::move(verified));
}

}  // namespace

TEST(decision, a_refusal_names_the_server_and_its_reply) {
    auto const made = judge("<ann@example.org>", refused("550 5.1.1 no such user"));
    ASSERT_TRUE(made.reply);
    EXPECT_EQ(made.reply->text(),
              "550 5.1.8 Sender <ann@example.org> refused by its own mail server mx1.example.org: 550 5.1.1 "
              "no such user");
    EXPECT_EQ(made.effective, vouchd::action::reject);
}

// DM-045
TEST(decision, monitor_mode_refuses_nothing_and_knows_what_it_would) {
    auto const made = judge("<ann@example.org>", refused("550 5.1.1 no such user"), vouchd::mode::monitor);
    EXPECT_EQ(made.wanted, vouchd::action::reject);
    EXPECT_EQ(made.effective, vouchd::action::proceed);
    EXPECT_TRUE(made.reply);
}

// CO-106, DM-061
TEST(decision, no_reply_of_a_peer_can_begin_a_line_of_ours) {
    auto const made = judge("<ann@example.org>", refused("550-one\r\n550 two\n250 ok\x1b[2J\x7f."));
    ASSERT_TRUE(made.reply);
    EXPECT_EQ(made.reply->text().find('\r'), std::string::npos);
    EXPECT_EQ(made.reply->text().find('\n'), std::string::npos);
    EXPECT_EQ(made.reply->text().find('\x1b'), std::string::npos);
    EXPECT_NE(made.reply->text().find("550-one | 550 two | 250 ok?[2J?."), std::string::npos)
        << made.reply->text();
}

// DM-061, DM-062
TEST(decision, the_text_is_bounded_and_percent_signs_survive_the_mta) {
    auto const made = judge("<ann@example.org>", refused("550 100% " + std::string(2000, 'x')));
    ASSERT_TRUE(made.reply);
    EXPECT_LE(made.reply->text().size(), 400 + std::string_view("550 5.1.8 ").size());
    EXPECT_NE(made.reply->wire().find("100%%"), std::string::npos);
}

TEST(decision, a_domain_without_servers_is_refused_in_words_of_its_own) {
    callout::verification verified(callout::status::fail, callout::reason::null_mx);
    verified.message = "556 5.1.10 example.org takes no mail";
    auto const made = judge("<ann@example.org>", verified);
    ASSERT_TRUE(made.reply);
    EXPECT_EQ(made.reply->text(),
              "550 5.1.8 Sender <ann@example.org> cannot receive mail: 556 5.1.10 example.org takes no mail");
}

TEST(decision, what_is_not_known_lets_the_mail_pass) {
    for (auto const reason :
         {callout::reason::greylisted, callout::reason::refused, callout::reason::timeout}) {
        auto const made =
            judge("<ann@example.org>", callout::verification(callout::status::transient, reason));
        EXPECT_EQ(made.effective, vouchd::action::proceed);
        EXPECT_FALSE(made.reply);
    }
    auto const blocked =
        judge("<ann@example.org>", callout::verification(callout::status::error, callout::reason::blocked));
    EXPECT_EQ(blocked.effective, vouchd::action::proceed);
}

// CO-230
TEST(decision, what_dns_alone_says_puts_mail_off_until_a_second_look) {
    callout::verification missing(callout::status::fail, callout::reason::no_domain);
    missing.scope = callout::scope::domain;
    missing.message = "550 5.1.2 example.org does not exist";
    missing.unconfirmed = true;
    auto const once = judge("<ann@example.org>", missing);
    EXPECT_EQ(once.effective, vouchd::action::tempfail);
    EXPECT_EQ(once.action_word(), "tempfail");
    ASSERT_TRUE(once.reply);
    EXPECT_EQ(once.reply->text(),
              "450 4.1.8 Sender <ann@example.org> cannot receive mail, by what DNS says now (a later look "
              "decides): 550 5.1.2 example.org does not exist");
    missing.unconfirmed = false;
    auto const twice = judge("<ann@example.org>", missing);
    EXPECT_EQ(twice.effective, vouchd::action::reject);
    EXPECT_EQ(twice.reply->text(),
              "550 5.1.8 Sender <ann@example.org> cannot receive mail: 550 5.1.2 example.org does not exist");
    EXPECT_EQ(judge("<ann@example.org>", missing, vouchd::mode::monitor).effective, vouchd::action::proceed);
}
