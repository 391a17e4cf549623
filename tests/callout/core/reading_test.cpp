#include "core/reading.hpp"

#include <gtest/gtest.h>

#include <array>

#include "core/built_in_rules.hpp"
#include "core/decision.hpp"

using namespace callout::core;

namespace {

std::vector<std::string> const senders{"", "probe@vouch.example"};

reading read(std::string text, names_in_reply const& names = {}) {
    auto const code = parse_enhanced_code(text);
    return reading(stage::rcpt, reply(550, code, {std::move(text)}), names, built_in_rules());
}

/// Returns the topics that count, by their names, parted by blanks.
std::string topics_of(std::string text) {
    auto const words =
        read(std::move(text), {.asked = "ann@example.org", .host = {}, .helo = {}, .senders = senders}).words;
    std::string all;
    for (auto const& one : topic_names) {
        if (includes(words, one.what)) all += (all.empty() ? "" : " ") + std::string(one.text);
    }
    return all;
}

}  // namespace

/// smtp-callout.md 3.8. Each text is about the topic; what else it may be about comes later in the table.
TEST(reading, words_that_decide) {
    struct {
        std::string_view topic;
        std::vector<char const*> texts;
    } const lists[] = {
        {"missing",
         {"no such user here",
          "User Unknown",
          "unknown user",
          "Recipient does not exist",
          "no such mailbox",
          "mailbox not found",
          "invalid recipient",
          "Unrouteable address",
          "unknown local part",
          "utilisateur inconnu",
          "the email account that you tried to reach does not exist",
          "this user doesn't have a mail.example account",
          "sorry, no mailbox here by that name",
          "Not our customer",
          "not a valid recipient",
          "user not listed in our directory",
          "Recipient address rejected: User unknown in virtual mailbox table",
          "not in recipient list",
          "address is not handled by this system",
          "restricted characters in address",
          "Unknown user, call 192.0.2.1",
          "unknown or illegal alias",
          "mailbox for ann does not exist",
          "Empfaenger unbekannt",
          "unbekannter Benutzer",
          "Postfach existiert nicht",
          "destinataire inconnu",
          "usuario desconocido",
          "la cuenta no existe",
          "utente sconosciuto",
          "nie ma takiego konta",
          "caixa postal inexistente",
          "schranka neexistuje",
          "onbekende gebruiker",
          "用户不存在",
          "host mx.example said: 550 user unknown",
          "address no longer in use",
          "could not find user"}},
        {"disabled",
         {"Account disabled", "account inactive", "account closed",
          "this account has been disabled or discontinued", "this mailbox is disabled", "User suspended",
          "is a deactivated mailbox", "Inactive", "Mailbox ann is locked due to inactivity",
          "this account is expired", "konto jest zablokowane", "mailbox has been blocked due to inactivity"}},
        {"full",
         {"over quota", "overquota", "quota exceeded", "mailbox full", "mailbox is full",
          "out of storage space", "exceeded storage allocation", "user has too many messages on the server",
          "extended quota violation", "mailbox size limit exceeded", "Postfach ist voll", "boite pleine",
          "casella piena", "quota depasse", "mailbox limit exceeded for this address",
          "not enough storage space"}},
        {"greylist", {"Greylisted", "grey-listed", "you have been graylisted", "postgrey"}},
        {"user_rate",
         {"the user is receiving mail at a rate that prevents it", "user is receiving mail too quickly"}},
        {"rate",
         {"too many unknown users from you", "Ip frequency limited", "rate limited", "too many connections",
          "has sent too many messages", "too many invalid recipients", "slow down", "sending limit exceeded",
          "has sent to too many recipients this hour"}},
        {"crowd", {"too many recipients", "bounces... no: one recipient at a time"}},
        {"self",
         {"blacklisted",
          "block list",
          "dnsbl",
          "rbl",
          "rbl deny",
          "see http://www.spamhaus.org/",
          "very low reputation",
          "banned",
          "poor sender",
          "cannot find your reverse hostname",
          "no ptr",
          "helo",
          "SPF failed",
          "dmarc",
          "authentication required",
          "dynamic address",
          "your IP",
          "Client host rejected",
          "192.0.2.1 is listed",
          "your country",
          "black ip",
          "remote ip check error",
          "ip in prison",
          "you are not allowed to connect",
          "host network not allowed",
          "untrusted"}},
        {"relay",
         {"Relay access denied", "relaying denied",
          "sorry, that domain isn't in my list of allowed rcpthosts", "relay not permitted",
          "you are trying to use me as a relay"}},
        {"callout",
         {"Sender verify failed", "Verification failed for <probe@vouch.example>",
          "Callback setup failed while verifying <probe@vouch.example>",
          "Called: 192.0.2.1 Sent: x Response: 550 y"}},
        {"starttls", {"must issue a STARTTLS command first", "TLS required", "encryption needed"}},
        {"sender",
         {"Sender address rejected: Domain not found", "<probe@vouch.example> rejected", "invalid sender",
          "Adresse de l'expediteur inconnue", "Unrouteable sender"}},
        {"null_sender", {"<>: rejected", "null sender refused", "we do not want bounces"}},
        {"smtputf8", {"needs SMTPUTF8"}},
        {"no_service", {"there is no mail here", "this host does not accept mail"}},
        {"policy",
         {"spam message rejected", "access denied", "Administrative prohibition", "blocked", "content"}},
        {"rejected", {"Recipient address rejected", "Callout verification failed", "address rejected"}},
        {"unavailable", {"mailbox unavailable", "recipient is not available"}},
        {"later", {"please try again", "deferred", "in 30 seconds", "in 5 minutes"}},
        {"", {"marble", "no", "", "ptrx", "your ipad", "hello"}},
    };
    for (auto const& [topic, texts] : lists) {
        for (auto const* text : texts) {
            auto const all = ' ' + topics_of(text) + ' ';
            auto const wanted = topic.empty() ? "  " : ' ' + std::string(topic) + ' ';
            EXPECT_NE(all.find(wanted), all.npos) << text << ':' << all;
        }
    }
}

TEST(reading, words_are_found_across_the_lines) {
    reading const two(stage::rcpt, reply(550, std::nullopt, {"user", "unknown"}), {}, built_in_rules());
    EXPECT_EQ(two.words, topic::missing);
}

TEST(reading, address_that_was_asked_about_says_nothing) {
    EXPECT_EQ(read("Banned@example.org: user unknown", {.asked = "BANNED@example.org"}).words,
              topic::missing);
    EXPECT_EQ(read("User <ann@example.org> unknown").words, topic::missing);
    EXPECT_EQ(read("<user.unknown@example.org>").words, topic::none);
    EXPECT_EQ(read("unknown.user: no", {.asked = "unknown.user@example.org"}).words, topic::none);
}

/// Whoever sends mail chooses the local part of the sender; what it says must not change the verdict.
TEST(reading, local_part_changes_nothing) {
    for (std::string const text :
         {"<{l}@example.org>: user unknown", "no such user {l}", "{l}: no such user here", "{l} user unknown",
          "user {l} unknown", "mailbox {l} is full", "{l} is over quota", "{l} greylisted",
          "your IP is blacklisted, {l}", "no {l} here, go away", "Sender address rejected, {l}",
          "account {l} is disabled"}) {
        auto const with = [&](std::string const& local_part) {
            auto said = text;
            said.replace(said.find("{l}"), 3, local_part);
            auto const address = local_part + "@example.org";
            reply const r(550, std::nullopt, {said});
            names_in_reply const names{.asked = address, .host = {}, .helo = {}, .senders = senders};
            return &row_for(stage::rcpt, r, reading(stage::rcpt, r, names, built_in_rules()));
        };
        for (auto const* local_part :
             {"blacklisted", "spam", "policy", "user.unknown", "full", "greylisted", "relay", "your-ip",
              "192.0.2.1", "ip", "client", "disabled", "helo", "too.many", "tls"}) {
            EXPECT_EQ(with(local_part), with("zz9")) << text << ' ' << local_part;
        }
    }
}

TEST(reading, local_part_that_the_server_says_itself_is_read) {
    EXPECT_EQ(read("Mailbox is full", {.asked = "full@example.org"}).words, topic::full);
    EXPECT_EQ(read("user@example.org: user unknown", {.asked = "user@example.org"}).words, topic::missing);
    EXPECT_EQ(read("no such mailbox", {.asked = "mailbox@example.org"}).words, topic::missing);
    EXPECT_EQ(read("Sender unknown: user unknown", {.asked = "sender@example.org"}).words, topic::sender);
}

TEST(reading, words_of_us_beside_words_of_the_mailbox_refuse_nobody) {  // CO-075
    EXPECT_EQ(topics_of("your IP is blacklisted: user unknown"), "policy");
    EXPECT_EQ(topics_of("5.7.1 your IP is blacklisted: user unknown"), "policy");
    EXPECT_EQ(topics_of("5.1.1 your IP is blacklisted: user unknown"), "policy");
    EXPECT_EQ(topics_of("5.1.1 your IP is blacklisted"), "self");
    EXPECT_EQ(topics_of("5.2.1 your IP is blacklisted: mailbox unavailable"), "unavailable self");
}

TEST(reading, what_may_be_of_us_counts_where_nothing_is_of_the_mailbox) {
    EXPECT_EQ(topics_of("[192.0.2.1] no"), "hint_of_us");
    EXPECT_EQ(topics_of("user unknown [192.0.2.1]"), "missing");
    EXPECT_EQ(topics_of("blocked: user unknown"), "missing");
    EXPECT_EQ(topics_of("mailbox unavailable: policy restrictions"), "unavailable policy");
}

TEST(reading, unknown_sender_is_no_unknown_mailbox) {
    EXPECT_EQ(topics_of("Sender unknown: user unknown"), "sender");
    EXPECT_EQ(topics_of("Sender verify failed: no such user"), "callout");
    EXPECT_EQ(topics_of("user unknown; bounces are not for us"), "null_sender");
}

TEST(reading, server_that_cannot_tell_says_nothing_of_the_mailbox) {
    EXPECT_EQ(topics_of("LDAP lookup failed: user not found"), "trouble");
    EXPECT_EQ(topics_of("Domain is not found in our system"), "trouble");
    EXPECT_EQ(topics_of("unrouteable mail domain"), "trouble");
    EXPECT_EQ(topics_of("account temporarily inactive"), "later");
    EXPECT_EQ(topics_of("no such user, check it and try again"), "later");
    EXPECT_EQ(topics_of("5.1.1 no such user, check it and try again"), "missing later");
}

TEST(reading, words_about_another_address_are_not_about_the_one_that_was_asked) {
    EXPECT_EQ(topics_of("user <bob@other.example> unknown"), "");
    EXPECT_EQ(topics_of("mailbox bob@other.example does not exist"), "");
    EXPECT_EQ(topics_of("mailbox ann@backend.example does not exist"), "missing");
    EXPECT_EQ(topics_of("User not local; please try <bob@other.example>"), "not_local");
    EXPECT_EQ(topics_of("User not local; please try mx.other.example"), "rejected");
}

TEST(reading, relaying_is_never_a_complaint_about_us) {
    EXPECT_EQ(topics_of("Client host: relaying denied"), "relay");
}

TEST(reading, words_of_us_leave_a_policy_no_quota) {
    EXPECT_EQ(topics_of("5.7.1 your host is over quota"), "self");
    EXPECT_EQ(topics_of("your host is over quota"), "full self");
}

TEST(reading, remembers_all_that_was_said) {
    auto const both = read("mailbox unavailable. Your IP: no");
    ASSERT_EQ(both.said.size(), 2u);
    EXPECT_EQ(both.said[0].text, "mailbox unavailable");
    EXPECT_EQ(both.said[1].what, topic::self);
}
