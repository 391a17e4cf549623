#include "core/decision.hpp"

#include <gtest/gtest.h>

#include <set>

#include "core/built_in_rules.hpp"

using namespace callout;
using namespace callout::core;

namespace {

reply read(std::string_view bytes) {
    reply_reader reader;
    reader.feed(bytes);
    reader.feed("\r\n");
    return reader.next().value().value();
}

std::string shown(status s, reason r, scope whose, strength how_sure, next_step then) {
    constexpr std::string_view steps[] = {"go_on",        "use_helo",      "go_in_clear",
                                          "other_sender", "ask_alone",     "next_address",
                                          "next_host",    "one_more_host", "stop"};
    static_assert(std::size(steps) == std::size_t(next_step::stop) + 1);
    auto text = std::string(to_string(s)) + '/' + std::string(to_string(r)) + ' ';
    text += to_string(whose);
    if (how_sure == strength::weak) text += " weak";
    return text + ", " + std::string(steps[static_cast<std::size_t>(then)]);
}
std::string shown(decision_row const& row) {
    return shown(row.status, row.reason, row.scope, row.strength, row.then);
}
/// Returns the row that decides, by the rules that come with Vouch.
decision_row const& row_for(stage where, reply const& r, std::string_view asked = "ann@example.org") {
    return core::row_for(
        where, r,
        reading(where, r, {.asked = asked, .host = {}, .helo = {}, .senders = {}}, built_in_rules()));
}
std::string shown(fault_row const& row) {
    return shown(row.status, row.reason, row.scope, strength::strong, row.then);
}

struct decision_case {
    stage where;
    std::string_view reply;
    std::string_view expected;
};

using enum stage;

/// smtp-callout.md 3.9 row by row, and the entries of its zoo that are about one reply.
constexpr decision_case decision_cases[] = {
    {greeting, "220 mx ESMTP", "pass/accepted host, go_on"},
    {greeting, "421 busy", "transient/busy host, next_address"},  // CO-094
    {greeting, "450 later", "transient/busy host, next_address"},
    {greeting, "521 host does not accept mail", "fail/no_service domain, next_host"},  // CO-093
    {greeting, "521 Service unavailable; client [192.0.2.1] blocked", "error/blocked self, next_host"},
    {greeting, "521 5.3.2 Service currently unavailable", "error/blocked self, next_host"},
    {greeting, "521 no", "error/blocked self, next_host"},
    {greeting, "554 5.3.2 closed", "error/blocked self, next_host"},
    {greeting, "554 No SMTP service here", "fail/no_service domain, next_host"},
    {greeting, "554 5.7.1 listed", "error/blocked self, next_host"},  // CO-092, Z021
    {greeting, "550 go away", "error/blocked self, next_host"},
    {greeting, "250 hello", "error/protocol host, next_host"},  // SE-038
    {greeting, "354 what", "error/protocol host, next_host"},   // SE-038

    {ehlo, "250 mx", "pass/accepted host, go_on"},
    {ehlo, "500 what", "error/helo self, use_helo"},         // CO-043
    {ehlo, "550 who", "error/helo self, use_helo"},          // SE-040
    {ehlo, "421 bye", "transient/busy host, next_address"},  // SE-040
    {ehlo, "354 what", "error/protocol host, next_host"},
    {helo, "250 mx", "pass/accepted host, go_on"},
    {helo, "550 5.7.1 who", "error/helo self, next_host"},  // CO-095, Z026
    {helo, "450 later", "transient/busy host, next_address"},
    {helo, "354 what", "error/protocol host, next_host"},

    {starttls, "220 go", "pass/accepted host, go_on"},
    {starttls, "421 bye", "transient/busy host, next_address"},
    {starttls, "454 4.7.0 not now", "error/tls_policy self, go_in_clear"},  // CO-049
    {starttls, "502 what", "error/tls_policy self, go_in_clear"},
    {starttls, "354 what", "error/protocol host, next_host"},
    {starttls, "250 what", "error/protocol host, next_host"},

    {mail_null, "250 ok", "pass/accepted host, go_on"},
    {mail_sender, "250 ok", "pass/accepted host, go_on"},
    {mail_null, "450 4.7.1 Sender verify failed", "error/mutual_callout self, next_host"},
    {mail_null, "450 4.2.0 Greylisted", "transient/greylisted address, one_more_host"},  // Z016
    {mail_sender, "450 4.7.1 Greylisted", "transient/greylisted address, one_more_host"},
    {mail_null, "421 4.7.0 slow down", "transient/busy host, one_more_host"},
    {mail_null, "452 4.3.1 disk", "transient/resources host, next_host"},
    {mail_sender, "450 4.1.8 domain of sender not found", "transient/temporary self, one_more_host"},
    {mail_null, "450 4.7.25 hm", "transient/temporary self, one_more_host"},
    {mail_null, "450 cannot find your reverse hostname", "transient/temporary self, one_more_host"},
    {mail_null, "451 hm", "transient/temporary host, one_more_host"},
    {mail_null, "530 5.7.0 Must issue a STARTTLS command first",
     "error/tls_required self, stop"},                                                        // CO-052, Z031
    {mail_null, "530 5.7.0 Authentication required", "error/auth_required self, next_host"},  // CO-053, Z029
    {mail_null, "534 no", "error/auth_required self, next_host"},
    {mail_null, "535 no", "error/auth_required self, next_host"},
    {mail_sender, "538 no", "error/auth_required self, next_host"},
    {mail_null, "552 5.3.4 too big", "transient/resources host, next_host"},
    {mail_null, "550 5.1.10 null MX", "error/sender_refused self, next_host"},
    {mail_null, "550 5.7.27 null MX", "error/sender_refused self, next_host"},
    {mail_sender, "556 domain takes no mail", "error/sender_refused self, next_host"},
    {mail_null, "550 sender verify failed", "error/mutual_callout self, next_host"},
    {mail_null, "550 blocked using dnsbl", "error/blocked self, next_host"},  // CO-063, Z022
    {mail_sender, "550 5.7.1 blocked using dnsbl", "error/blocked self, next_host"},
    {mail_null, "550 5.7.0 no", "error/blocked self, next_host"},
    {mail_null, "550 no null senders", "fail/null_refused domain weak, other_sender"},  // CO-062, Z039
    {mail_null, "501 5.1.7 bad sender", "fail/null_refused domain weak, other_sender"},
    {mail_null, "553 5.1.8 bad sender", "fail/null_refused domain weak, other_sender"},
    {mail_sender, "501 5.1.7 bad sender", "error/sender_refused self, next_host"},
    {mail_sender, "550 5.1.8 bad sender", "error/sender_refused self, next_host"},
    {mail_sender, "550 no", "error/sender_refused self, next_host"},
    {mail_sender, "553 Domain of sender does not resolve",
     "error/sender_refused self, next_host"},  // CO-065, Z043
    {mail_null, "354 what", "error/protocol host, next_host"},

    {rcpt, "250 ok", "pass/accepted address, stop"},                    // CO-067
    {rcpt, "251 will forward", "pass/forwarded address, stop"},         // CO-068, Z049
    {rcpt, "252 cannot verify", "pass/unverified address weak, stop"},  // CO-069, Z051
    {rcpt, "299 fine", "pass/unverified address weak, stop"},
    {rcpt, "450 4.1.1 <a>: unverified address", "transient/unverified_yet address, stop"},  // CO-080, Z055
    {rcpt, "450 Address verification in progress", "transient/unverified_yet address, stop"},
    {rcpt, "450 4.2.1 receiving mail at a rate that prevents",
     "transient/user_rate address, stop"},                                            // CO-085, Z048
    {rcpt, "452 4.2.2 over quota", "transient/mailbox_full address, stop"},           // CO-082, Z044
    {rcpt, "450 4.2.0 Greylisted", "transient/greylisted address, stop"},             // CO-076, Z014
    {rcpt, "421 4.7.0 Greylisted, try later", "transient/greylisted address, stop"},  // Z020
    {rcpt, "451 Sender verify failed", "error/mutual_callout self, next_host"},
    {rcpt, "421 4.3.2 Too many connections, try again later",
     "transient/busy host, next_host"},  // CO-079, Z024
    {rcpt, "450 4.7.25 cannot find your reverse hostname", "transient/temporary self, next_host"},  // Z025
    {rcpt, "451 4.7.1 try again in 5 minutes", "transient/greylisted address, stop"},  // CO-077, Z015
    {rcpt, "450 4.7.0 later", "transient/greylisted address, stop"},
    {rcpt, "450 4.7.23 hm", "transient/temporary self, next_host"},
    {rcpt, "450 4.1.8 sender's domain not found", "transient/temporary self, next_host"},
    {rcpt, "451 4.3.2 not accepting messages", "transient/temporary self, next_host"},
    {rcpt, "451 4.5.1 hm", "transient/temporary self, next_host"},
    {rcpt, "450 Come back in 300 seconds", "transient/greylisted address, stop"},  // 3.8: "in N seconds"
    {rcpt, "450 4.2.0 come back in 5 minutes", "transient/greylisted address, stop"},
    {rcpt, "450 4.2.2 full for 5 minutes", "transient/mailbox_full address, stop"},
    {rcpt, "451 Please try again later", "transient/greylisted address, stop"},
    {rcpt, "451 4.3.0 Lookup failed, try again later", "transient/temporary address, next_host"},
    {rcpt, "452 4.3.1 disk full", "transient/resources host, next_host"},
    {rcpt, "450 mailbox full", "transient/mailbox_full address, stop"},
    {rcpt, "452 no room", "transient/mailbox_full address, stop"},
    {rcpt, "452 hm", "transient/mailbox_full address, stop"},
    {rcpt, "452 4.0.0 no room", "transient/mailbox_full address, stop"},
    {rcpt, "422 no room", "transient/mailbox_full address, stop"},
    {rcpt, "452 4.5.3 too many recipients", "transient/temporary host, ask_alone"},  // CO-081
    {rcpt, "452 4.5.3 too many recipients: local policy", "transient/temporary host, ask_alone"},
    {rcpt, "452 too many recipients", "transient/temporary host, ask_alone"},
    {rcpt, "452 too many recipients for your IP", "transient/temporary host, ask_alone"},
    {rcpt, "421 4.5.3 too many recipients", "transient/busy host, next_host"},
    {rcpt, "450 hm", "transient/temporary address, next_host"},

    {rcpt, "550 5.1.1 no such user", "fail/no_mailbox address, stop"},  // CO-070, Z002
    {rcpt, "550 5.1.1 blocked", "error/policy address, next_host"},     // CO-075
    {rcpt, "550 5.1.0 no", "fail/no_mailbox address, stop"},
    {rcpt, "550 5.1.6 moved", "fail/no_mailbox address, stop"},
    {rcpt, "501 5.1.3 bad address", "fail/no_mailbox address, stop"},
    {rcpt, "550 5.1.2 bad domain", "fail/no_mailbox address, stop"},
    {rcpt, "550 5.1.10 null MX", "fail/no_mailbox address, stop"},
    {rcpt, "550 5.1.4 ambiguous", "transient/temporary address, next_host"},
    {rcpt, "550 5.1.7 bad sender", "error/sender_refused self, next_host"},
    {rcpt, "550 5.1.8 hm", "error/sender_refused self, next_host"},
    {rcpt, "550 5.1.8 sender's domain not found", "error/sender_refused self, next_host"},
    {rcpt, "550 5.2.1 account disabled", "fail/disabled address, stop"},  // CO-084, Z047
    {rcpt, "524 5.2.4 Mailing list expansion problem", "fail/no_mailbox address weak, stop"},
    {rcpt, "552 5.2.2 over quota", "transient/mailbox_full address, stop"},  // CO-083, Z045
    {rcpt, "552 5.5.3 too many recipients", "transient/temporary host, ask_alone"},
    {rcpt, "550 too many recipients for null sender", "transient/temporary host, ask_alone"},  // Z058
    {rcpt, "553 5.6.7 non-ASCII", "error/smtputf8_unsupported host, next_host"},
    {rcpt, "550 5.6.7 non-ASCII", "error/smtputf8_unsupported host, next_host"},
    {rcpt, "530 5.7.0 issue STARTTLS first", "error/tls_required self, stop"},
    {rcpt, "530 5.7.0 authenticate", "error/auth_required self, next_host"},
    {rcpt, "535 5.7.8 authenticate", "error/auth_required self, next_host"},
    {rcpt, "551 User not local; please try <b@example.net>", "fail/not_local address, stop"},  // CO-086, Z050
    {rcpt, "556 domain takes no mail", "fail/null_mx domain, stop"},                           // CO-089
    {rcpt, "556 remote ip check error", "error/policy self, next_host"},
    {rcpt, "551 no", "fail/no_mailbox address weak, stop"},
    {rcpt, "551 5.7.1 the reputation of your domain is low", "error/policy self, next_host"},
    {rcpt, "554 5.7.1 Relay access denied", "fail/relay_denied domain, next_host"},  // CO-090, Z052
    {rcpt, "553 sorry, not in my list of allowed rcpthosts", "fail/relay_denied domain, next_host"},  // Z054
    {rcpt, "550 Sender verify failed", "error/mutual_callout self, next_host"},  // CO-164, Z042
    {rcpt, "550 5.7.1 account disabled", "fail/disabled address, stop"},
    {rcpt, "550 5.7.1 user unknown", "fail/no_mailbox address, stop"},  // CO-074
    {rcpt, "554 5.7.1 mailbox full", "transient/mailbox_full address, stop"},
    {rcpt, "550 5.7.1 your host is over quota", "error/policy self, next_host"},
    {rcpt, "550 5.7.1 your IP is blocked: user unknown", "error/policy address, next_host"},
    {rcpt, "550 5.7.1 blocked using dnsbl", "error/policy self, next_host"},  // CO-072, Z023
    {rcpt, "554 5.7.1 no", "error/policy address, next_host"},
    {rcpt, "550 5.7.25 no PTR", "error/policy self, next_host"},                // CO-073, Z025
    {rcpt, "550 5.7.23 SPF fail", "error/policy self, next_host"},              // Z028
    {rcpt, "550 5.7.1 Helo command rejected", "error/policy self, next_host"},  // Z027
    {rcpt, "550 4.7.1 policy", "error/policy address, next_host"},              // SE-082: the code counts
    {rcpt, "553 needs SMTPUTF8", "error/smtputf8_unsupported host, next_host"},
    {rcpt, "550 mailbox full", "transient/mailbox_full address, stop"},  // Z046
    {rcpt, "550 blocked by spamhaus", "error/policy self, next_host"},
    {rcpt, "554 account disabled", "fail/disabled address, stop"},
    {rcpt, "554 this user doesn't have an account", "fail/no_mailbox address, stop"},
    {rcpt, "501 invalid recipient", "error/protocol host, next_host"},  // CO-091
    {rcpt, "500 what", "error/protocol host, next_host"},
    {rcpt, "502 what", "error/protocol host, next_host"},
    {rcpt, "503 bad sequence", "error/protocol host, next_host"},  // CO-091
    {rcpt, "504 what", "error/protocol host, next_host"},
    {rcpt, "552 no", "transient/mailbox_full address, stop"},
    {rcpt, "522 no", "transient/mailbox_full address, stop"},
    {rcpt, "554 over quota", "transient/mailbox_full address, stop"},
    {rcpt, "550 no", "fail/no_mailbox address weak, stop"},  // CO-071, Z003
    {rcpt, "511 no", "fail/no_mailbox address weak, stop"},
    {rcpt, "553 no", "fail/no_mailbox address weak, stop"},  // CO-087
    {rcpt, "550 5.3.2 System not accepting network messages", "error/policy address, next_host"},
    {rcpt, "550 5.3.3 System not capable of selected features", "error/policy address, next_host"},
    {rcpt, "550 5.5.2 protocol error", "error/protocol host, next_host"},
    {rcpt, "550 Requested action not taken: mailbox unavailable", "fail/no_mailbox address, stop"},
    {rcpt, "550 5.4.1 <a@b>: Recipient address rejected: Access denied. [x]",
     "error/policy address, next_host"},
    {rcpt, "550 5.1.1 your IP is blacklisted", "error/policy self, next_host"},
    {rcpt, "550 5.2.1 the user is receiving mail at a rate", "transient/user_rate address, stop"},
    {rcpt, "550 5.1.1 192.0.2.1 has sent to too many recipients this hour",
     "transient/temporary self, next_host"},
    {rcpt, "452 4.5.3 rate limit exceeded", "transient/temporary host, ask_alone"},
    {rcpt, "450 <>: no", "error/sender_refused self, next_host"},
    {rcpt, "450 the user is receiving mail too quickly", "transient/user_rate address, stop"},
    {rcpt, "550 <>: Sender address rejected", "error/sender_refused self, next_host"},
    {rcpt, "550 try again", "error/policy address, next_host"},
    {rcpt, "550 5.2.2 hm", "transient/mailbox_full address, stop"},
    {rcpt, "550 5.2.1 hm", "fail/disabled address, stop"},
    {rcpt, "505 this account is suspended", "fail/disabled address, stop"},
    {rcpt, "500 no such user", "fail/no_mailbox address, stop"},
    {rcpt, "550 5.1.10 no", "fail/no_mailbox address, stop"},
    {rcpt, "550 5.5.3 hm", "transient/temporary host, ask_alone"},
    {mail_null, "450 4.7.0 STARTTLS required", "error/tls_required self, stop"},
    {mail_null, "550 slow down", "error/blocked self, next_host"},
    {rcpt, "550 5.4.0 user unknown", "fail/no_mailbox address weak, stop"},
    {rcpt, "550 5.7.1 user unknown; we do not accept bounces", "error/sender_refused self, next_host"},
    {rcpt, "550 user unknown; we do not accept bounces", "error/sender_refused self, next_host"},
    {rcpt, "550 5.7.1 relaying denied", "fail/relay_denied domain, next_host"},
    {rcpt, "550 relaying denied", "fail/relay_denied domain, next_host"},
    {rcpt, "550 5.7.1 Sender verify failed", "error/mutual_callout self, next_host"},
    {rcpt, "554 no", "error/policy address, next_host"},  // CO-088
    {rcpt, "354 what", "error/protocol host, next_host"},

    {rset, "250 ok", "pass/accepted host, go_on"},
    {rset, "502 no", "error/protocol host, next_host"},
    {rset, "421 bye", "error/protocol host, next_host"},
};

}  // namespace

TEST(decision, every_reply_has_its_row) {
    for (auto const& [where, text, expected] : decision_cases)
        EXPECT_EQ(shown(row_for(where, read(text))), expected) << text;
}

/// A row that nothing reaches is dead, or hidden by another above it: the table is read from the top.
TEST(decision, every_row_is_reached_by_a_reply) {
    std::set<decision_row const*> reached;
    for (auto const& c : decision_cases) reached.insert(&row_for(c.where, read(c.reply)));
    for (auto const& row : decision_table()) {
        EXPECT_TRUE(reached.contains(&row)) << row.code << ' ' << row.enhanced << " -> " << shown(row);
    }
}

// CO-071: a refusal needs evidence, and a bare code has little of it.
TEST(decision, code_without_words_refuses_nobody) {
    for (auto const* text :
         {"550 no", "550 5.0.0 no", "550 5.3.0 mailer", "550 5.4.4 host unknown", "511 no", "551 no",
          "553 5.3.0 no", "556 no", "550 Connection denied", "550 black ip", "550 5.5.1 user unknown",
          "550 5.4.1 no answer from host", "550 5.3.2 System not accepting network messages"}) {
        auto const& row = row_for(rcpt, read(text));
        EXPECT_TRUE(row.status != status::fail || row.strength == strength::weak) << text;
    }
}

TEST(decision, text_makes_no_unknown_mailbox_of_a_protocol_code) {  // CO-091
    for (auto const* text : {"503 user unknown: need MAIL", "501 no such user", "504 mailbox not found",
                             "502 5.5.1 user unknown"}) {
        EXPECT_EQ(row_for(rcpt, read(text)).reason, reason::protocol) << text;
    }
}

TEST(decision, authentication_is_wanted_whatever_the_enhanced_code) {  // CO-053
    EXPECT_EQ(row_for(rcpt, read("530 5.5.1 Authentication Required")).reason, reason::auth_required);
}

TEST(decision, weak_is_an_unknown_mailbox_beside_a_code_of_something_else) {
    for (auto const* text : {"550 5.3.0 user unknown", "550 5.4.0 no such user"}) {
        EXPECT_EQ(shown(row_for(rcpt, read(text))), "fail/no_mailbox address weak, stop") << text;
    }
}

TEST(decision, one_recipient_never_condemns_its_domain) {  // CO-089: only 556 does
    for (auto const* text :
         {"550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
          "550 5.1.2 no such system"}) {
        EXPECT_EQ(row_for(rcpt, read(text)).scope, scope::address) << text;
    }
    EXPECT_EQ(shown(row_for(rcpt, read("556 5.1.10 null MX"))), "fail/null_mx domain, stop");
}

TEST(decision, office_365_calls_an_unknown_recipient_access_denied) {
    auto const at = [](std::string_view host, std::string_view text) {
        auto const r = read(text);
        names_in_reply const names{.asked = "a@b.example", .host = host, .helo = {}, .senders = {}};
        return shown(core::row_for(rcpt, r, reading(rcpt, r, names, built_in_rules())));
    };
    auto const* const office = "550 5.4.1 Recipient address rejected: Access denied. [x]";
    EXPECT_EQ(at("b-example.mail.protection.outlook.com", office), "fail/no_mailbox address, stop");
    EXPECT_EQ(
        at("mx.b.example",
           "550 5.4.1 Recipient address rejected: Access denied. [A1.eop-nam1.prod.protection.outlook.com]"),
        "fail/no_mailbox address, stop");
    EXPECT_EQ(at("mx.b.example", office), "error/policy address, next_host");
    EXPECT_EQ(at("b-example.mail.protection.outlook.com",
                 "550 5.4.1 All recipient addresses rejected : Access denied [x]"),
              "error/policy address, next_host");
    EXPECT_EQ(
        at("b-example.mail.protection.outlook.com", "550 5.7.1 Recipient address rejected: Access denied"),
        "error/policy address, next_host");
}

/// What a provider's rule may mean at RCPT.
TEST(decision, meaning_of_a_rule_has_one_outcome) {
    auto const outcome = [](reason means, strength how_sure = strength::strong) {
        auto const* const row = row_of(rcpt, means, how_sure);
        return row ? shown(*row) : "none";
    };
    EXPECT_EQ(outcome(reason::no_mailbox), "fail/no_mailbox address, stop");
    EXPECT_EQ(outcome(reason::no_mailbox, strength::weak), "fail/no_mailbox address weak, stop");
    EXPECT_EQ(outcome(reason::temporary), "transient/temporary self, next_host");
    EXPECT_EQ(outcome(reason::policy), "error/policy address, next_host");
    EXPECT_EQ(outcome(reason::blocked), "error/policy self, next_host");
    EXPECT_EQ(outcome(reason::sender_refused), "error/sender_refused self, next_host");
    EXPECT_EQ(outcome(reason::no_service), "none");
}

TEST(decision, refusal_of_us_is_not_an_unknown_mailbox) {  // CO-072
    for (auto const* text :
         {"550 rejected because 192.0.2.1 is in a black list at ips.backscatterer.org", "550 Invalid HELO",
          "550 No PTR for your host", "550 Please turn on SMTP Authentication in your mail client",
          "550 Client host does not exist in DNS", "550 Your IP is listed; visit https://x.example",
          "550 Rejected, see <https://www.spamhaus.org/sbl>", "550 192.0.2.1 listed in zen.example"}) {
        EXPECT_EQ(shown(row_for(rcpt, read(text))), "error/policy self, next_host") << text;
    }
}

/// It says nothing about whoever else is asked about there.
TEST(decision, refusal_for_another_cause_is_about_the_address_alone) {  // CO-072
    for (auto const* text :
         {"550 Administrative prohibition", "550 Rejected by local policy",
          "550 our filter says that it is spam", "550 5.7.1 mail from you was blocked",
          "550 proofpoint says no", "554 barracuda: policy", "550 mimecast.example [192.0.2.1] no"}) {
        auto const& row = row_for(rcpt, read(text));
        EXPECT_EQ(row.scope, scope::address) << text;
        EXPECT_TRUE(row.status != status::fail || row.strength == strength::weak) << text;
    }
}

TEST(decision, unknown_mailbox_is_not_a_refusal_of_us) {  // CO-070, CO-071, CO-075
    for (auto const* text :
         {"550 No such user here", "550 Unrouteable address", "550 Mailbox unavailable",
          "550 5.1.1 <a@b>: Recipient address rejected: User unknown in virtual mailbox table",
          "550 5.1.1 spam policy: no such user", "550 <spam.policy@helo.example>: user unknown",
          "550 <blocked@helo.example>: user unknown", "550 User not listed in our directory",
          "550 <\"spam>policy\"@helo.example>: user unknown", "550 No such user: spam.policy@helo.example",
          "550 SPAM.Policy@HELO.example user unknown"}) {
        auto const* asked = std::string_view(text).find('"') == std::string_view::npos
                                ? "Spam.Policy@helo.example"
                                : "\"spam>policy\"@helo.example";
        EXPECT_EQ(shown(row_for(rcpt, read(text), asked)), "fail/no_mailbox address, stop") << text;
    }
}

TEST(decision, null_sender_that_is_refused_by_name_is_followed_by_the_other) {  // CO-062
    for (auto const* text : {"550 null sender refused by local policy", "550 bounces are blocked"}) {
        EXPECT_EQ(row_for(mail_null, read(text)).then, next_step::other_sender) << text;
    }
}

TEST(decision, every_code_at_every_stage_is_decided) {
    for (auto const where : {greeting, ehlo, helo, mail_null, mail_sender, rcpt, rset}) {
        for (unsigned code = 200; code < 600; ++code) {
            auto const& row = row_for(where, reply(code, std::nullopt, {"x"}));
            EXPECT_TRUE(row.status != status::pass || code / 100 == 2) << code;
            EXPECT_TRUE(row.status != status::fail || code / 100 == 5) << code;
        }
    }
}

TEST(decision, fail_needs_a_permanent_reply_to_the_recipient_or_a_host_without_mail) {
    for (auto const& row : decision_table()) {
        if (row.status == status::fail && row.where != rcpt) {
            EXPECT_TRUE(row.reason == reason::no_service || row.reason == reason::null_refused);
        }
    }
}

TEST(decision, verdict_carries_its_evidence) {
    auto const f = decide(rcpt, read("452 4.2.2 over quota"));
    EXPECT_EQ(f.answer.exists, known::yes);  // CO-082
    EXPECT_EQ(f.answer.message, "452 4.2.2 over quota");
    EXPECT_EQ(f.answer.reply->code, 452u);
    EXPECT_EQ(decide(rcpt, read("550 5.2.1 x")).answer.exists, known::yes);  // CO-084
    EXPECT_EQ(decide(rcpt, read("450 4.2.1 x")).answer.exists, known::yes);  // CO-085
    EXPECT_EQ(decide(rcpt, read("550 5.1.1 x")).answer.exists, known::no);
    EXPECT_EQ(decide(rcpt, read("450 x")).answer.exists, known::unknown);
    EXPECT_EQ(decide(rcpt, read("451 4.7.1 try again in 5 minutes")).answer.retry_after,
              std::chrono::seconds(300));
    EXPECT_EQ(decide(rcpt, read("452 4.2.2 full for 5 minutes")).answer.retry_after, std::nullopt);
}

TEST(decision, every_fault_has_its_row) {  // CO-096, CO-099, CO-118, CO-177
    struct {
        stage where;
        errc fault;
        std::string_view expected;
    } const all[] = {
        {stage::connect, errc::refused, "transient/refused host, next_address"},
        {stage::connect, errc::timed_out, "transient/unreachable host, next_address"},
        {stage::connect, errc::unreachable, "transient/unreachable host, next_address"},
        {stage::connect, errc::closed, "transient/closed host, next_address"},
        {stage::connect, errc::local_resources, "error/local self, stop"},
        {stage::connect, errc::source_not_here, "error/local self, next_address"},
        {stage::connect, errc::no_way_out, "transient/unreachable host, next_address"},
        {greeting, errc::timed_out, "transient/timeout host, next_address"},
        {mail_null, errc::timed_out, "transient/timeout host, next_address"},
        {greeting, errc::closed, "transient/closed host, next_address"},
        {rcpt, errc::closed, "transient/closed host, next_address"},
        {ehlo, errc::unreachable, "transient/unreachable host, next_address"},
        {starttls, errc::tls_handshake, "error/tls_policy self, next_host"},
        {starttls, errc::decided, "error/tls_policy self, next_host"},
        {starttls, errc::bytes_before_tls, "error/protocol host, next_host"},
        {rcpt, errc::decided, "error/protocol host, next_host"},
        {rcpt, errc::reply_not_numeric, "error/protocol host, next_host"},
        {rcpt, errc::reply_no_separator, "error/protocol host, next_host"},
        {rcpt, errc::reply_code_out_of_range, "error/protocol host, next_host"},
        {rcpt, errc::reply_code_changes, "error/protocol host, next_host"},
        {ehlo, errc::reply_line_too_long, "error/protocol host, next_host"},
        {ehlo, errc::reply_too_many_lines, "error/protocol host, next_host"},
        {greeting, errc::reply_too_big, "error/protocol host, next_host"},
        {rset, errc::reply_unsolicited, "error/protocol host, next_host"},
        {greeting, errc::cancelled, "transient/in_progress self, stop"},
    };
    std::set<fault_row const*> reached;
    for (auto const& [where, fault, expected] : all) {
        auto const& row = row_for(where, make_error_code(fault));
        reached.insert(&row);
        EXPECT_EQ(shown(row), expected) << make_error_code(fault).message();
        auto const f = decide(where, make_error_code(fault));
        EXPECT_EQ(f.answer.status, row.status);
        EXPECT_EQ(f.answer.reason, row.reason);
        EXPECT_EQ(f.answer.scope, row.scope);
        EXPECT_EQ(f.then, row.then);
        EXPECT_FALSE(f.answer.message.empty());
    }
    for (auto const& row : fault_table()) EXPECT_TRUE(reached.contains(&row)) << shown(row);
}

TEST(decision, no_fault_makes_a_fail) {  // B.4, last line
    for (int i = 0; i < 40; ++i) {
        for (auto const where : {stage::connect, greeting, ehlo, mail_null, rcpt}) {
            EXPECT_NE(decide(where, make_error_code(errc(i))).answer.status, status::fail);
        }
    }
}
