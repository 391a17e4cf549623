#include "core/phrases.hpp"

#include <gtest/gtest.h>

using namespace callout::core;
using namespace std::chrono_literals;

namespace {

reply with(std::string text, std::optional<enhanced_code> enhanced = std::nullopt) {
    return reply(550, enhanced, {std::move(text)});
}

struct phrase_case {
    char const* text;
    topic expected;
};

}  // namespace

TEST(phrases, what_a_text_speaks_of) {
    phrase_case const cases[] = {
        {"no such user here", topic::address},
        {"User Unknown", topic::address},
        {"Recipient does not exist", topic::address},
        {"utilisateur inconnu", topic::address},
        {"Account disabled", topic::disabled},
        {"mailbox is full", topic::full},
        {"over quota", topic::full},
        {"blocked using zen.spamhaus.org", topic::self},
        {"Client host rejected: cannot find your reverse hostname", topic::self},
        {"rbl listed", topic::self},
        {"Greylisted", topic::greylist},
        {"Relay access denied", topic::relay},  // "access denied" alone would be of us
        {"sorry, that domain isn't in my list of allowed rcpthosts", topic::relay},
        {"Sender verify failed", topic::callout},  // CO-164
        {"there is no mail here", topic::no_service},
        {"marble", topic::none},  // holds "rbl"
        {"no", topic::none},
        {"", topic::none},
    };
    for (auto const& [text, expected] : cases) {
        EXPECT_EQ(unsigned(topics_of(with(text))), unsigned(expected)) << text;
    }
}

TEST(phrases, are_found_across_the_lines) {
    EXPECT_TRUE(includes(topics_of(reply(550, std::nullopt, {"Error:", "user unknown"})), topic::address));
    EXPECT_TRUE(includes(topics_of(reply(550, std::nullopt, {"user", "unknown"})), topic::address));
}

TEST(phrases, are_not_looked_for_in_addresses) {
    EXPECT_EQ(topics_of(with("<spam.policy@helo.example>: user unknown")), topic::address);
    EXPECT_EQ(topics_of(with("Banned@example.org: user unknown"), "BANNED@example.org"), topic::address);
    EXPECT_EQ(topics_of(with("User <ann@example.org> unknown")), topic::address);
    EXPECT_EQ(topics_of(with("<a@b> <blocked@c>")), topic::none);
    EXPECT_EQ(topics_of(with("user unknown <")), topic::address);
    EXPECT_EQ(topics_of(with("<https://www.spamhaus.org/> <x>")), topic::self);
    EXPECT_EQ(topics_of(with("<"), "<"), topic::none);
}

TEST(phrases, end_where_their_word_ends) {
    EXPECT_EQ(topics_of(with("no ptr, go away")), topic::self);
    EXPECT_EQ(topics_of(with("ptrx")), topic::none);
    EXPECT_EQ(topics_of(with("your ip.")), topic::self);
    EXPECT_EQ(topics_of(with("your ipad")), topic::none);
}

TEST(phrases, of_us_win_over_the_mailbox_unless_the_code_is_of_the_address) {  // CO-075
    auto const text = "blocked: user unknown";
    EXPECT_EQ(topics_of(with(text)), topic::self);
    EXPECT_EQ(topics_of(with(text, enhanced_code{5, 7, 1})), topic::self);
    EXPECT_EQ(topics_of(with(text, enhanced_code{5, 1, 1})), topic::address);
}

TEST(phrases, how_long_to_wait) {  // CO-078
    EXPECT_EQ(retry_after(with("try again in 300 seconds")), 300s);
    EXPECT_EQ(retry_after(with("Greylisted, see you in 5 minutes")), 300s);
    EXPECT_EQ(retry_after(with("retry in 60s (60 sec)")), 60s);
    EXPECT_EQ(retry_after(with("1 hour")), 3600s);
    EXPECT_EQ(retry_after(with("come back in 999999999 minutes")), 3600s);
    EXPECT_EQ(retry_after(with("come back in 99999999999999999999 seconds")), std::nullopt);
    EXPECT_EQ(retry_after(with("0 seconds")), std::nullopt);
    EXPECT_EQ(retry_after(with("later")), std::nullopt);
    EXPECT_EQ(retry_after(with("")), std::nullopt);
    EXPECT_EQ(retry_after(with("host192 seconds")), std::nullopt);
}

/// smtp-callout.md 3.8, text patterns, word by word.
TEST(phrases, all_of_the_specification) {
    struct {
        topic what;
        std::vector<char const*> texts;
    } const lists[] = {
        {topic::self,
         {"blacklisted",
          "block list",
          "blocked",
          "dnsbl",
          "rbl",
          "spamhaus",
          "spamcop",
          "barracuda",
          "mimecast",
          "proofpoint",
          "abusix",
          "reputation",
          "banned",
          "poor sender",
          "reverse dns",
          "ptr",
          "rdns",
          "helo",
          "ehlo",
          "spf",
          "dmarc",
          "authentication required",
          "dynamic",
          "residential",
          "rate limited",
          "rate limit",
          "too many connections",
          "access denied",
          "client host rejected"}},
        {topic::self | topic::starttls, {"starttls"}},
        {topic::address,
         {"user unknown", "unknown user", "no such user", "no such mailbox", "no such recipient",
          "mailbox not found", "mailbox unavailable", "does not exist", "invalid recipient", "unrouteable",
          "unknown local part", "utilisateur inconnu"}},
        {topic::disabled, {"account disabled", "account inactive", "account closed", "account discontinued"}},
        {topic::full,
         {"over quota", "quota exceeded", "mailbox full", "insufficient storage", "out of storage"}},
        {topic::greylist, {"greylisted", "grey-listed", "postgrey"}},
        {topic::later, {"try again", "deferred", "in 30 seconds", "in 5 minutes"}},
        {topic::relay,
         {"relay access denied", "relaying denied", "not local", "rcpthosts", "not a known domain"}},
        {topic::callout, {"sender verify failed", "callout", "verification failed"}},
    };
    for (auto const& [what, texts] : lists) {
        for (auto const* text : texts) {
            EXPECT_EQ(unsigned(topics_of(with(text))), unsigned(what)) << text;
            EXPECT_EQ(unsigned(topics_of(with("so: " + std::string(text) + "."))), unsigned(what)) << text;
        }
    }
}

TEST(phrases, number_of_something_else_is_not_an_invitation) {
    EXPECT_EQ(topics_of(with("in 5 domains")), topic::none);
    EXPECT_EQ(topics_of(with("within 5 minutes")), topic::none);
    EXPECT_EQ(topics_of(with("in")), topic::none);
    EXPECT_EQ(topics_of(with("in ")), topic::none);
}

TEST(phrases, of_us_leave_a_policy_no_quota) {
    auto const text = "your host is over quota";
    EXPECT_EQ(topics_of(with(text, enhanced_code{5, 7, 1})), topic::self);
    EXPECT_EQ(topics_of(with(text)), topic::self | topic::full);
}
