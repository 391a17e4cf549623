#include "core/dialogue.hpp"

#include <gtest/gtest.h>

#include "support/callout_transcript.hpp"

using namespace callout;
using namespace callout::core;
using namespace test;

TEST(dialogue, known_mailbox) {  // CO-058, CO-061, CO-067
    EXPECT_CONVERSATION(R"(
< 220 mx.example.org ESMTP
> EHLO mail.example.net
< 250 mx.example.org
> MAIL FROM:<>
< 250 2.1.0 ok
> RCPT TO:<ann@example.org>
< 250 2.1.5 ok
= pass/accepted, QUIT
)");
}

TEST(dialogue, nothing_is_sent_before_the_last_line_of_the_banner) {  // CO-041, CO-042
    EXPECT_CONVERSATION(R"(
< 220-mx.example.org ESMTP
< 220-we take no
< 220 unsolicited mail
> EHLO mail.example.net
< 250 mx.example.org
> MAIL FROM:<>
< 250 ok
> RCPT TO:<ann@example.org>
< 550 5.1.1 no such user
= fail/no_mailbox, QUIT
)");
}

TEST(dialogue, pipelining_sends_mail_and_rcpt_in_one_piece) {  // CO-057, SE-047
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx.example.org
< 250 pipelining
> MAIL FROM:<>
>+ RCPT TO:<ann@example.org>
< 250 2.1.0 ok
< 550 5.1.1 no such user
= fail/no_mailbox, QUIT
)");
}

TEST(dialogue, refused_mail_is_the_verdict_whatever_follows) {  // CO-059
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx.example.org
< 250 PIPELINING
> MAIL FROM:<>
>+ RCPT TO:<ann@example.org>
< 550 5.7.1 blocked using dnsbl
= error/blocked, QUIT
)");
}

TEST(dialogue, closing_reply_answers_all_that_is_outstanding) {  // CO-060
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx.example.org
< 250 PIPELINING
> MAIL FROM:<>
>+ RCPT TO:<ann@example.org>
< 421 4.3.2 shutting down
= transient/busy, QUIT
)");
}

TEST(dialogue, ehlo_refused_then_helo) {  // CO-043, SE-039, SE-041
    for (auto const* code : {"500", "501", "502", "504", "550", "554"}) {
        auto const transcript = std::string(R"(
< 220 mx
> EHLO mail.example.net
< )") + code + R"( what?
> HELO mail.example.net
< 250 mx.example.org
> MAIL FROM:<>
< 250 ok
> RCPT TO:<ann@example.org>
< 250 ok
= pass/accepted, QUIT
)";
        EXPECT_CONVERSATION(transcript);
    }
}

TEST(dialogue, helo_is_tried_once) {  // CO-044, CO-095
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 550 no
> HELO mail.example.net
< 550 no
= error/helo, QUIT
)");
}

TEST(dialogue, closed_at_ehlo_means_helo_on_a_new_connection) {  // SE-040, SE-045, Z005
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
! closed
= transient/closed, again with HELO
)");
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 500 what?
> HELO mail.example.net
! closed
= transient/closed, again with HELO
)");
    EXPECT_CONVERSATION(R"(
< 220 mx
> HELO mail.example.net
! closed
= transient/closed
)",
                        asking(), by_helo());
}

TEST(dialogue, silence_at_ehlo_is_not_a_reason_for_helo) {
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
! timed out
= transient/timeout
)");
}

TEST(dialogue, ehlo_421_goes_on_elsewhere) {  // SE-040
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 421 busy
= transient/busy, QUIT
)");
}

TEST(dialogue, banners_that_are_not_a_welcome) {  // CO-092, CO-093, CO-094, SE-037
    EXPECT_CONVERSATION("\n< 554 5.7.1 listed\n= error/blocked, QUIT\n");
    EXPECT_CONVERSATION("\n< 421 busy\n= transient/busy, QUIT\n");
    EXPECT_CONVERSATION("\n< 521 host does not accept mail\n= fail/no_service, QUIT\n");
}

TEST(dialogue, peer_that_breaks_the_protocol_is_left_without_a_word) {  // CO-099, SE-038
    EXPECT_CONVERSATION("\n< 250 hello\n= error/protocol\n");
    EXPECT_CONVERSATION("\n< 354 hello\n= error/protocol\n");
    EXPECT_EQ(played("< SSH-2.0-OpenSSH_9.2\n"),
              "! a reply line does not begin with three digits\n= error/protocol\n");
}

TEST(dialogue, closed_before_the_banner) {  // CO-096
    EXPECT_CONVERSATION("\n! closed\n= transient/closed\n");
}

TEST(dialogue, null_sender_refused_and_no_other) {  // CO-062
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx.example.org
> MAIL FROM:<>
< 550 no bounces
= fail/null_refused weak, rejects <>, QUIT
)");
}

TEST(dialogue, null_sender_refused_then_the_other) {  // CO-062, CO-064, Z039
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx.example.org
> MAIL FROM:<>
< 550 no bounces
> RSET
< 250 ok
> MAIL FROM:<verify@example.net>
< 250 ok
> RCPT TO:<ann@example.org>
< 250 ok
= pass/accepted, rejects <>, QUIT
)",
                        with_fallback());
}

TEST(dialogue, null_sender_refused_in_a_piece) {  // CO-059, CO-062
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx.example.org
< 250 PIPELINING
> MAIL FROM:<>
>+ RCPT TO:<ann@example.org>
< 550 no bounces
< 503 need MAIL
> RSET
>+ MAIL FROM:<verify@example.net>
>+ RCPT TO:<ann@example.org>
< 250 ok
< 250 ok
< 550 5.1.1 no such user
= fail/no_mailbox, rejects <>, QUIT
)",
                        with_fallback());
}

TEST(dialogue, other_sender_refused_too) {  // CO-065
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx.example.org
> MAIL FROM:<>
< 550 no bounces
> RSET
< 250 ok
> MAIL FROM:<verify@example.net>
< 553 domain does not resolve
= error/sender_refused, rejects <>, QUIT
)",
                        with_fallback());
}

TEST(dialogue, null_sender_refused_and_closed) {  // Z040
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx.example.org
> MAIL FROM:<>
< 550 no bounces
> RSET
! closed
= transient/closed, rejects <>, again with the other sender
)",
                        with_fallback());
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx.example.org
> MAIL FROM:<>
< 550 no bounces
> RSET
< 502 what?
= error/protocol, rejects <>, QUIT, again with the other sender
)",
                        with_fallback());
}

TEST(dialogue, begins_with_the_other_sender_on_a_new_connection) {  // Z040
    opening how;
    how.sender = 1;
    how.null_refused = true;
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx.example.org
> MAIL FROM:<verify@example.net>
< 250 ok
> RCPT TO:<ann@example.org>
< 250 ok
= pass/accepted, rejects <>, QUIT
)",
                        with_fallback(), how);
}

TEST(dialogue, refusal_of_us_is_not_a_refusal_of_the_null_sender) {  // CO-063
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx.example.org
> MAIL FROM:<>
< 550 5.7.1 blocked
= error/blocked, QUIT
)",
                        with_fallback());
}

TEST(dialogue, smtputf8_where_it_is_needed_and_offered) {  // CO-006, SE-075
    auto needy = asking("j\xc3\xbcrgen@example.org");
    needy.needs_smtputf8 = true;
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx.example.org
< 250 SMTPUTF8
> MAIL FROM:<> SMTPUTF8
< 250 ok
> RCPT TO:<jürgen@example.org>
< 250 ok
= pass/accepted, QUIT
)",
                        needy);
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx.example.org
= error/smtputf8_unsupported, QUIT
)",
                        needy);  // CO-007
}

namespace {

callout::poll poll_after(std::string const& transcript) {
    script peer(transcript);
    session state;
    auto const who = asking();
    dialogue talk(who, opening(), state);
    for (auto next = talk.start(); !next.finished();) next = talk.resume(peer.next());
    return talk.outcome().answer.poll;
}

}  // namespace

TEST(dialogue, poll_of_a_refused_banner) {  // CO-108
    auto const p = poll_after("< 554 go away\n");
    EXPECT_EQ(p.greeting, "554 go away");
    EXPECT_EQ(p.helo, "");
    EXPECT_EQ(p.sent, "nothing");
    EXPECT_EQ(p.received, "554 go away");
}

TEST(dialogue, poll_of_a_refused_recipient) {  // CO-107, CO-111
    auto const p = poll_after(
        "< 220-hello\n< 220 there\n< 250-mx\n< 250 SIZE\n< 250 ok\n< 550-5.1.1 no\n< 550 5.1.1 really\n");
    EXPECT_EQ(p.greeting, "220-hello");
    EXPECT_EQ(p.helo, "250-mx");
    EXPECT_EQ(p.sent, "RCPT TO:<ann@example.org>");
    EXPECT_EQ(p.received, "550-5.1.1 no");
}

TEST(dialogue, poll_names_the_command_that_provoked_the_reply) {
    auto const p = poll_after("< 220 mx\n< 250-mx\n< 250 PIPELINING\n< 451 hm\n");
    EXPECT_EQ(p.sent, "MAIL FROM:<>");
    auto const silent = poll_after("< 220 mx\n< 250 mx\n! timed out\n");
    EXPECT_EQ(silent.sent, "MAIL FROM:<>");
    EXPECT_EQ(silent.received, "nothing");
}

/// The same conversation, cut at every step by every fault: it ends, and never in a verdict of fail
/// (invariant I1).
TEST(dialogue, fault_at_every_step_ends_it) {
    std::vector<std::string> const steps = {"< 220 mx\n",         "< 250-mx\n< 250 PIPELINING\n",
                                            "< 550 no bounces\n", "< 503 no\n",
                                            "< 250 ok\n",         "< 250 ok\n"};
    for (std::size_t cut = 0; cut <= steps.size(); ++cut) {
        for (auto const* fault :
             {"! closed\n", "! timed out\n", "< garbage\n", "< 250-endless\n! timed out\n"}) {
            std::string transcript;
            for (std::size_t i = 0; i < cut; ++i) transcript += steps[i];
            auto const end = played(transcript + fault, with_fallback());
            EXPECT_EQ(end.find("= fail"), std::string::npos) << end;
            EXPECT_EQ(end.find("= pass"), std::string::npos) << end;
        }
    }
}

namespace {

// A command can only be made from a verb, and there is no verb for these (CO-126, SE-094).
static_assert(!std::is_constructible_v<command, std::string> &&
              !std::is_constructible_v<command, char const*>);
static_assert(!std::is_default_constructible_v<command>);
template <class Verb>
concept submits_or_spies = requires { Verb::data; } || requires { Verb::bdat; } || requires { Verb::vrfy; } ||
                           requires { Verb::expn; };
static_assert(!submits_or_spies<verb>);

}  // namespace

TEST(command, all_that_can_be_said) {  // CO-126
    EXPECT_EQ(command(verb::ehlo, "a.example").line(), "EHLO a.example");
    EXPECT_EQ(command(verb::helo, "a.example").line(), "HELO a.example");
    EXPECT_EQ(command(verb::mail).line(), "MAIL FROM:<>");
    EXPECT_EQ(command(verb::rcpt, "a@b.example").line(), "RCPT TO:<a@b.example>");
    EXPECT_EQ(command(verb::lhlo, "a.example").line(), "LHLO a.example");
    EXPECT_EQ(command(verb::starttls).line(), "STARTTLS");
    EXPECT_EQ(command(verb::rset).line(), "RSET");
    EXPECT_EQ(command(verb::quit).line(), "QUIT");
}

TEST(command, lines_end_in_cr_lf) {  // CO-102
    std::vector<expectation> const both = {{stage::rset, command(verb::rset), probe::target},
                                           {stage::any, command(verb::quit), probe::target}};
    EXPECT_EQ(action(action::kind::exchange, stage::rset, both).bytes(), "RSET\r\nQUIT\r\n");
}

TEST(command, no_argument_ends_a_line) {  // SE-076
    EXPECT_THROW(command(verb::rcpt, "a@b.example>\r\nDATA"), std::invalid_argument);
    EXPECT_THROW(command(verb::ehlo, std::string_view("a\0b", 3)), std::invalid_argument);
}

// smtp-callout.md 3.8: Postfix refuses a sender at RCPT unless it is told otherwise.
TEST(dialogue, null_sender_refused_at_rcpt_then_the_other) {  // CO-062, CO-064
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx
> MAIL FROM:<>
< 250 ok
> RCPT TO:<ann@example.org>
< 550 5.7.1 <>: Sender address rejected: no bounces here
> RSET
< 250 ok
> MAIL FROM:<verify@example.net>
< 250 ok
> RCPT TO:<ann@example.org>
< 250 ok
= pass/accepted, rejects <>, QUIT
)",
                        with_fallback());
}

TEST(dialogue, null_sender_refused_at_rcpt_and_no_other) {  // CO-062
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx
> MAIL FROM:<>
< 250 ok
> RCPT TO:<ann@example.org>
< 553 null sender is not allowed
= fail/null_refused weak, rejects <>, QUIT
)");
}

TEST(dialogue, sender_on_a_list_at_rcpt_is_a_refusal_of_us) {  // CO-063
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx
> MAIL FROM:<>
< 250 ok
> RCPT TO:<ann@example.org>
< 553 sorry, your envelope sender is in my badmailfrom list (#5.7.1)
= error/sender_refused, QUIT
)");
}

TEST(dialogue, sender_refused_at_rcpt_is_no_unknown_mailbox) {  // CO-065
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx
> MAIL FROM:<>
< 501 no
> RSET
< 250 ok
> MAIL FROM:<verify@example.net>
< 250 ok
> RCPT TO:<ann@example.org>
< 550 5.1.1 <verify@example.net>: Sender address rejected: User unknown
= error/sender_refused, rejects <>, QUIT
)",
                        with_fallback());
}

TEST(dialogue, teaser_is_followed_by_what_the_server_means) {  // CO-194
    EXPECT_CONVERSATION(R"(
< 554-mx.example.org ESMTP
< 554 5.7.1 your address is on a list
= error/blocked, QUIT
)");
    EXPECT_NE(
        played("< 220-mx.example.org ESMTP\n< 554 5.7.1 your address is on a list\n").find("= error/blocked"),
        std::string::npos);
    EXPECT_NE(played("< 220-mx.example.org ESMTP\n< 421 4.3.2 all ports are busy\n").find("= transient/busy"),
              std::string::npos);
    auto const later = played("< 220 mx\n< 250-mx\n< 550 no\n");
    EXPECT_NE(later.find("= error/protocol"), later.npos) << later;
}
