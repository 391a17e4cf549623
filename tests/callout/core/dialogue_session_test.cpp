#include "support/callout_transcript.hpp"

using namespace test;

namespace {

std::string const pipelining = "< 250-mx\n< 250 PIPELINING\n";

dialogue_options as_sender(dialogue_options o) {
    o.senders = {"verify@example.net"};
    return o;
}

/// A session that has served one question, whose peer greets as the lines say.
session after_ehlo(std::string const& lines = pipelining,
                   dialogue_options const& first = asking("first@example.org")) {
    session state;
    played("< 220 mx\n" + lines + "< 250 ok\n< 250 ok\n", first, opening(), state);
    return state;
}
/// The same, with a sender that is not `<>`: its transactions have several recipients.
session after_sender(std::string const& lines = pipelining) {
    return after_ehlo(lines, as_sender(asking("first@example.org")));
}

dialogue_options with_random() {
    auto o = asking();
    o.random_recipient = "x7f3q@example.org";
    return o;
}

dialogue_options needing_smtputf8() {
    auto o = asking("j\xc3\xbcrgen@example.org");
    o.needs_smtputf8 = true;
    return o;
}

dialogue_options with_postmasters(std::vector<std::string> names) {
    auto o = asking();
    o.postmasters = std::move(names);
    return o;
}

}  // namespace

TEST(dialogue_session, next_recipient_goes_into_the_same_transaction) {  // CO-128
    auto state = after_sender();
    EXPECT_EQ(played("< 550 5.1.1 no\n< 250 ok\n", as_sender(asking()), opening(), state),
              "> RCPT TO:<ann@example.org>\n< 550 5.1.1 no\n> RSET\n< 250 ok\n= fail/no_mailbox, QUIT\n");
    EXPECT_EQ(state.asked, 2u);
    EXPECT_EQ(state.refused, 1u);
}

TEST(dialogue_session, bounce_has_one_recipient) {  // CO-192, CO-057
    auto state = after_ehlo();
    EXPECT_EQ(played("< 250 ok\n< 250 ok\n< 250 ok\n", asking(), opening(), state),
              "> RSET\n>+ MAIL FROM:<>\n>+ RCPT TO:<ann@example.org>\n< 250 ok\n< 250 ok\n< 250 ok\n"
              "= pass/accepted, QUIT\n");
    state = after_ehlo("< 250 mx\n");
    EXPECT_EQ(played("< 250 ok\n< 250 ok\n< 250 ok\n", asking(), opening(), state),
              "> RSET\n< 250 ok\n> MAIL FROM:<>\n< 250 ok\n> RCPT TO:<ann@example.org>\n< 250 ok\n"
              "= pass/accepted, QUIT\n");
}

TEST(dialogue_session, limit_of_recipients_is_kept_by_a_reset) {  // CO-130, SE-100
    auto state = after_sender("< 250-mx\n< 250-PIPELINING\n< 250 LIMITS MAILMAX=5 RCPTMAX=1\n");
    EXPECT_EQ(played("< 250 ok\n< 250 ok\n< 250 ok\n", as_sender(asking()), opening(), state),
              "> RSET\n>+ MAIL FROM:<verify@example.net>\n>+ RCPT TO:<ann@example.org>\n< 250 ok\n< 250 ok\n"
              "< 250 ok\n= pass/accepted, QUIT\n");
}

TEST(dialogue_session, too_many_recipients_are_asked_alone) {  // CO-081, Z057
    for (auto const* refusal : {"452 4.5.3 too many", "552 too many recipients", "552 no", "552 5.5.3 no",
                                "550 too many recipients for null sender"}) {  // SE-096
        auto state = after_sender();
        auto const said = "< " + std::string(refusal) + '\n';
        EXPECT_EQ(played(said + "< 250 ok\n< 250 ok\n< 250 ok\n", as_sender(asking()), opening(), state),
                  "> RCPT TO:<ann@example.org>\n" + said +
                      "> RSET\n>+ MAIL FROM:<verify@example.net>\n>+ RCPT TO:<ann@example.org>\n< 250 ok\n"
                      "< 250 ok\n< 250 ok\n= pass/accepted, QUIT\n");
    }
}

TEST(dialogue_session, too_many_recipients_of_a_connection_are_asked_on_another) {  // CO-192, Z058
    for (auto const* refusal : {"452 4.5.3 too many", "550 5.5.3 no", "550 too many recipients"}) {
        auto state = after_ehlo();
        auto const end =
            played("< 250 ok\n< 250 ok\n< " + std::string(refusal) + '\n', asking(), opening(), state);
        EXPECT_NE(end.find("QUIT, again\n"), end.npos) << end;
    }
}

TEST(dialogue_session, one_recipient_that_is_too_many_is_not_a_verdict) {
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx
> MAIL FROM:<>
< 250 ok
> RCPT TO:<ann@example.org>
< 452 4.5.3 too many
= transient/temporary, QUIT
)");
}

TEST(dialogue_session,
     one_recipient_that_is_too_many_for_a_bounce_is_asked_about_by_another_sender) {  // CO-192
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250 PIPELINING
> MAIL FROM:<>
>+ RCPT TO:<ann@example.org>
< 250 ok
< 553 bounce messages should have a single envelope recipient (#5.7.1)
> RSET
>+ MAIL FROM:<verify@example.net>
>+ RCPT TO:<ann@example.org>
< 250 ok
< 250 ok
< 550 5.1.1 no such user
= fail/no_mailbox, rejects <>, QUIT
)",
                        with_fallback());
    auto const alone =
        played("< 220 mx\n" + pipelining + "< 250 ok\n< 550 too many recipients for null sender\n");
    EXPECT_NE(alone.find("= fail/null_refused weak, rejects <>"), alone.npos) << alone;
}

TEST(dialogue_session, may_be_kept_until_the_third_refusal) {  // CO-129, Z106
    auto state = after_ehlo();
    for (auto const kept : {true, true, false}) {
        script peer("< 250 ok\n< 250 ok\n< 250 ok\n< 250 ok\n");
        auto const who = asking();
        dialogue talk(who, opening(), state);
        for (auto next = talk.start(); !next.finished();) {
            bool const of_target = talk.awaited().where == stage::rcpt;
            next = of_target ? talk.resume(reply(550, {}, {"no such user"})) : talk.resume(peer.next());
        }
        EXPECT_EQ(talk.may_be_kept(), kept);
    }
}

TEST(dialogue_session, may_be_kept_up_to_its_limit_of_recipients) {
    auto state = after_sender();
    auto who = as_sender(asking());
    who.max_recipients = 3;
    for (auto const kept : {true, false}) {
        script peer("< 250 ok\n");
        dialogue talk(who, opening(), state);
        talk.start();
        EXPECT_TRUE(talk.resume(peer.next()).finished());
        EXPECT_EQ(talk.may_be_kept(), kept);
    }
}

TEST(dialogue_session, one_that_is_spent_is_replaced) {  // CO-192, Z109
    for (std::string const before : {"", "< 250 ok\n", "< 250 ok\n< 250 ok\n"}) {
        for (std::string const end : {"! closed\n", "< 421 4.4.2 idle\n", "< 503 5.5.1 nested MAIL\n"}) {
            auto state = after_ehlo();
            auto const all = played(before + end, asking(), opening(), state);
            EXPECT_NE(all.find(end + "= "), all.npos) << all;
            EXPECT_TRUE(all.ends_with(", again\n")) << all;
        }
    }
}

TEST(dialogue_session, refusal_counts_if_the_session_lives) {  // CO-192
    for (std::string const reply :
         {"< 250 ok\n", "< 421 4.7.0 too many errors\n", "< 502 no\n", "! timed out\n"}) {
        auto state = after_ehlo();
        auto const all = played("< 250 ok\n< 250 ok\n< 550 5.1.1 no\n" + reply, asking(), opening(), state);
        EXPECT_NE(all.find("< 550 5.1.1 no\n> RSET\n" + reply + "= fail/no_mailbox"), all.npos) << all;
        EXPECT_EQ(all.find("again"), all.npos) << all;
    }
}

TEST(dialogue_session, session_that_lives_after_a_refusal_needs_no_other_reset) {
    auto state = after_ehlo();
    played("< 250 ok\n< 250 ok\n< 550 5.1.1 no\n< 250 ok\n", asking(), opening(), state);
    EXPECT_EQ(played("< 250 ok\n< 250 ok\n", asking("bob@example.org"), opening(), state),
              "> MAIL FROM:<>\n>+ RCPT TO:<bob@example.org>\n< 250 ok\n< 250 ok\n= pass/accepted, QUIT\n");
}

TEST(dialogue_session, refusal_that_comes_with_a_close_is_no_verdict) {  // CO-192
    auto state = after_ehlo();
    auto const all = played("< 250 ok\n< 250 ok\n< 550 no\n! closed\n", asking(), opening(), state);
    EXPECT_TRUE(all.ends_with("< 550 no\n> RSET\n! closed\n= transient/closed, again\n")) << all;
    auto const first = played("< 220 mx\n" + pipelining + "< 250 ok\n< 550 no\n! closed\n");
    EXPECT_NE(first.find("= fail/no_mailbox"), first.npos) << first;  // CO-097: nobody was asked before
}

TEST(dialogue_session, refusal_that_is_in_doubt_shows_what_was_said_last) {  // CO-107
    auto state = after_ehlo();
    auto const who = asking();
    script peer("< 250 ok\n< 250 ok\n< 550 5.1.1 no\n< 250 reset\n");
    dialogue talk(who, opening(), state);
    talk.start();
    while (talk.outstanding() > 0) talk.resume(peer.next());
    EXPECT_EQ(talk.outcome().answer.poll.sent, "RCPT TO:<ann@example.org>");
    EXPECT_EQ(talk.outcome().answer.poll.received, "550 5.1.1 no");
    EXPECT_TRUE(talk.may_be_kept());
}

TEST(dialogue_session, new_one_is_not_replaced) {
    for (std::string const end : {"! closed\n", "< 421 4.4.2 idle\n", "< 503 5.5.1 no\n"}) {
        auto peer = "< 220 mx\n" + pipelining + "< 250 ok\n";
        auto const all = played(peer.append(end));
        EXPECT_EQ(all.find("again"), all.npos) << all;
    }
}

TEST(dialogue_session, sender_after_a_reset_that_lost_count_is_asked_anew) {  // CO-192
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx
> MAIL FROM:<>
< 550 no bounces
> RSET
< 250 ok
> MAIL FROM:<verify@example.net>
< 503 5.5.1 sender already given
= error/sender_refused, rejects <>, QUIT, again with the other sender
)",
                        with_fallback());
}

TEST(dialogue_session, reset_that_fails_drops_it) {  // Z110
    for (std::string const refusal : {"< 502 no\n", "< 503 5.5.0 not available\n", "< 451 no\n"}) {
        auto state = after_ehlo();
        EXPECT_EQ(played(refusal, asking(), opening(), state),
                  "> RSET\n>+ MAIL FROM:<>\n>+ RCPT TO:<ann@example.org>\n" + refusal +
                      "= error/protocol, QUIT, again\n");
    }
    auto state = after_ehlo();
    EXPECT_EQ(
        played("! timed out\n", asking(), opening(), state),
        "> RSET\n>+ MAIL FROM:<>\n>+ RCPT TO:<ann@example.org>\n! timed out\n= transient/timeout, again\n");
}

TEST(dialogue_session, other_sender_begins_another_transaction) {
    auto state = after_ehlo();
    EXPECT_EQ(played("< 250 ok\n< 250 ok\n< 250 ok\n", as_sender(asking()), opening(), state),
              "> RSET\n>+ MAIL FROM:<verify@example.net>\n>+ RCPT TO:<ann@example.org>\n< 250 ok\n< 250 ok\n"
              "< 250 ok\n= pass/accepted, QUIT\n");
}

TEST(dialogue_session, smtputf8_is_judged_for_each_question) {  // CO-006, CO-007, CO-193
    auto state = after_ehlo();
    auto const who = needing_smtputf8();
    dialogue talk(who, opening(), state);
    EXPECT_TRUE(talk.start().finished());
    EXPECT_EQ(talk.outcome().answer.reason, reason::smtputf8_unsupported);
    EXPECT_EQ(talk.missing_extension(), "SMTPUTF8");
    EXPECT_TRUE(talk.may_be_kept());
    EXPECT_EQ(played("< 250 ok\n< 250 ok\n< 250 ok\n", asking(), opening(), state),
              "> RSET\n>+ MAIL FROM:<>\n>+ RCPT TO:<ann@example.org>\n< 250 ok\n< 250 ok\n< 250 ok\n"
              "= pass/accepted, QUIT\n");
}

TEST(dialogue_session, smtputf8_needs_a_transaction_that_has_it) {  // CO-006, CO-193
    auto const offer = "< 250-mx\n< 250-PIPELINING\n< 250 SMTPUTF8\n";
    auto state = after_sender(offer);
    EXPECT_EQ(played("< 250 ok\n< 250 ok\n< 250 ok\n", as_sender(needing_smtputf8()), opening(), state),
              "> RSET\n>+ MAIL FROM:<verify@example.net> SMTPUTF8\n>+ RCPT TO:<j\xc3\xbcrgen@example.org>\n"
              "< 250 ok\n< 250 ok\n< 250 ok\n= pass/accepted, QUIT\n");
    // What has it serves an address that needs nothing as well.
    EXPECT_EQ(played("< 250 ok\n", as_sender(asking()), opening(), state),
              "> RCPT TO:<ann@example.org>\n< 250 ok\n= pass/accepted, QUIT\n");
}

TEST(dialogue_session, tls_that_is_required_is_judged_for_each_question) {  // CO-193
    auto state = after_ehlo();
    auto who = asking();
    who.tls = tls_use::require;
    EXPECT_EQ(played("", who, opening(), state), "= error/tls_policy, QUIT\n");
}

TEST(dialogue_random, accepted_is_a_catch_all) {  // CO-119, CO-192, Z007
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250 PIPELINING
> MAIL FROM:<>
>+ RCPT TO:<x7f3q@example.org>
< 250 ok
< 250 ok
> RSET
>+ MAIL FROM:<>
>+ RCPT TO:<ann@example.org>
< 250 ok
< 250 ok
< 250 ok
= pass/accepted weak, catch-all yes, QUIT
)",
                        with_random());
}

TEST(dialogue_random, in_one_piece_with_the_target_of_a_sender) {  // CO-119
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250 PIPELINING
> MAIL FROM:<verify@example.net>
>+ RCPT TO:<x7f3q@example.org>
>+ RCPT TO:<ann@example.org>
< 250 ok
< 250 ok
< 250 ok
= pass/accepted weak, catch-all yes, QUIT
)",
                        as_sender(with_random()));
}

TEST(dialogue_random, refused_is_none) {
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx
> MAIL FROM:<>
< 250 ok
> RCPT TO:<x7f3q@example.org>
< 550 5.1.1 no such user
> RSET
< 250 ok
> MAIL FROM:<>
< 250 ok
> RCPT TO:<ann@example.org>
< 250 ok
= pass/accepted, catch-all no, QUIT
)",
                        with_random());
}

TEST(dialogue_random, session_that_is_spent_after_it_is_replaced) {  // CO-192
    for (std::string const end : {"< 421 too much\n", "< 503 out of step\n", "! closed\n"}) {
        for (std::string const before : {"< 250 ok\n", "< 250 ok\n< 250 ok\n"}) {
            auto peer = "< 220 mx\n" + pipelining + "< 250 ok\n< 550 5.1.1 no\n";
            auto const all = played(peer.append(before).append(end), with_random());
            EXPECT_TRUE(all.ends_with(", again without random\n")) << all;
        }
    }
}

TEST(dialogue_random, undecided_leaves_the_target_to_a_new_connection) {  // CO-120
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx
> MAIL FROM:<>
< 250 ok
> RCPT TO:<x7f3q@example.org>
< 451 later
= transient/temporary, QUIT, again without random
)",
                        with_random());
}

TEST(dialogue_random, undecided_in_one_piece_with_a_target_that_is) {  // CO-120
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250 PIPELINING
> MAIL FROM:<verify@example.net>
>+ RCPT TO:<x7f3q@example.org>
>+ RCPT TO:<ann@example.org>
< 250 ok
< 451 later
< 250 ok
= pass/accepted, QUIT
)",
                        as_sender(with_random()));
}

TEST(dialogue_random, words_against_us_say_nothing_of_a_catch_all) {  // CO-121
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250 PIPELINING
> MAIL FROM:<verify@example.net>
>+ RCPT TO:<x7f3q@example.org>
>+ RCPT TO:<ann@example.org>
< 250 ok
< 550 5.7.1 blocked
< 550 5.7.1 blocked
= error/policy, QUIT, again without random
)",
                        as_sender(with_random()));
}

TEST(dialogue_random, close_after_it) {  // CO-098, Z009, Z010
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx
> MAIL FROM:<>
< 250 ok
> RCPT TO:<x7f3q@example.org>
< 421 too much
= transient/busy, QUIT, again without random
)",
                        with_random());
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx
> MAIL FROM:<>
< 250 ok
> RCPT TO:<x7f3q@example.org>
< 550 5.1.1 no
> RSET
! closed
= transient/closed, catch-all no, again without random
)",
                        with_random());
}

TEST(dialogue_random, alone_where_one_recipient_is_the_limit) {
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250-PIPELINING
< 250 LIMITS RCPTMAX=1
> MAIL FROM:<verify@example.net>
>+ RCPT TO:<x7f3q@example.org>
< 250 ok
< 550 5.1.1 no
> RSET
>+ MAIL FROM:<verify@example.net>
>+ RCPT TO:<ann@example.org>
< 250 ok
< 250 ok
< 250 ok
= pass/accepted, catch-all no, QUIT
)",
                        as_sender(with_random()));
}

TEST(dialogue_postmaster, follows_a_pass_only) {  // CO-123
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx
> MAIL FROM:<>
< 250 ok
> RCPT TO:<ann@example.org>
< 550 5.1.1 no
= fail/no_mailbox, QUIT
)",
                        with_postmasters({"postmaster@example.org"}));
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx
> MAIL FROM:<>
< 250 ok
> RCPT TO:<ann@example.org>
< 250 ok
> RSET
< 250 ok
> MAIL FROM:<>
< 250 ok
> RCPT TO:<postmaster@example.org>
< 550 5.1.1 no
= fail/no_postmaster, postmaster no, QUIT
)",
                        with_postmasters({"postmaster@example.org"}));
}

TEST(dialogue_postmaster, without_a_domain_when_the_first_form_fails) {  // CO-124
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250 PIPELINING
> MAIL FROM:<>
>+ RCPT TO:<ann@example.org>
< 250 ok
< 250 ok
> RSET
>+ MAIL FROM:<>
>+ RCPT TO:<postmaster@example.org>
< 250 ok
< 250 ok
< 550 5.1.1 no
> RSET
>+ MAIL FROM:<>
>+ RCPT TO:<postmaster>
< 250 ok
< 250 ok
< 250 ok
= pass/accepted, postmaster yes, QUIT
)",
                        with_postmasters({"postmaster@example.org", "postmaster"}));
}

TEST(dialogue_postmaster, other_answers_leave_the_verdict_alone) {  // CO-123
    for (std::string const answer : {"< 451 later\n", "< 550 5.7.1 blocked\n", "< 421 bye\n", "! closed\n",
                                     "! timed out\n", "< garbage\n"}) {
        auto const end = played("< 220 mx\n< 250 mx\n< 250 ok\n< 250 ok\n< 250 ok\n< 250 ok\n" + answer,
                                with_postmasters({"postmaster@example.org"}));
        EXPECT_NE(end.find("= pass/accepted"), end.npos) << end;
        EXPECT_EQ(end.find("postmaster no"), end.npos) << end;
    }
    for (std::string const answer : {"< 502 no\n", "! closed\n"}) {  // to RSET: Z110
        auto const end = played("< 220 mx\n< 250 mx\n< 250 ok\n< 250 ok\n" + answer,
                                with_postmasters({"postmaster@example.org"}));
        EXPECT_NE(end.find("= pass/accepted"), end.npos) << end;
    }
}

TEST(dialogue_pipelining, promised_and_broken) {  // Z060
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250 PIPELINING
> MAIL FROM:<>
>+ RCPT TO:<ann@example.org>
< 250 ok
! timed out
= transient/timeout, again one by one
)");
    opening how;
    how.one_by_one = how.learnt.no_pipelining = true;
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250 PIPELINING
> MAIL FROM:<>
< 250 ok
> RCPT TO:<ann@example.org>
< 250 ok
= pass/accepted, no pipelining, QUIT
)",
                        asking(), how);
}

TEST(dialogue_pipelining, silence_is_not_a_breach_of_it) {
    opening how;
    how.one_by_one = how.learnt.no_pipelining = true;
    auto const end = played("< 220 mx\n< 250-mx\n< 250 PIPELINING\n< 250 ok\n! timed out\n", asking(), how);
    EXPECT_EQ(end.find("no pipelining"), end.npos) << end;
}

TEST(dialogue, server_of_our_own_name) {  // CO-163
    EXPECT_CONVERSATION(R"(
< 220 Mail.Example.NET ESMTP
= error/self, QUIT
)");
    EXPECT_CONVERSATION(R"(
< 220 hello
> EHLO mail.example.net
< 250-mail.example.net greets you
< 250 PIPELINING
= error/self, QUIT
)");
    auto routed = asking();
    routed.may_be_ourselves = true;
    EXPECT_NE(
        played("< 220 mail.example.net\n< 250 mail.example.net\n< 250 ok\n< 250 ok\n", routed).find("= pass"),
        std::string::npos);
}

TEST(dialogue, lmtp_says_lhlo) {  // CO-175
    auto by_lmtp = asking();
    by_lmtp.via = protocol::lmtp;
    EXPECT_CONVERSATION(R"(
< 220 store LMTP
> LHLO mail.example.net
< 250 store
> MAIL FROM:<>
< 250 ok
> RCPT TO:<ann@example.org>
< 550 5.1.1 no
= fail/no_mailbox, QUIT
)",
                        by_lmtp);
    EXPECT_CONVERSATION(R"(
< 220 store LMTP
> LHLO mail.example.net
< 502 no
= error/helo, QUIT
)",
                        by_lmtp);
}

TEST(dialogue, senders_are_tried_in_order) {
    auto several = asking();
    several.senders = {"", "a@example.net", "b@example.net"};
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx
> MAIL FROM:<>
< 550 no bounces
> RSET
< 250 ok
> MAIL FROM:<a@example.net>
< 550 not you
> RSET
< 250 ok
> MAIL FROM:<b@example.net>
< 250 ok
> RCPT TO:<ann@example.org>
< 250 ok
= pass/accepted, rejects <>, QUIT
)",
                        several);
}

TEST(dialogue, senders_that_are_put_off_are_followed_by_the_next_on_one_connection) {  // CP-071
    auto several = asking();
    several.senders = {"", "a@example.net", "b@example.net"};
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250 PIPELINING
> MAIL FROM:<>
>+ RCPT TO:<ann@example.org>
< 451 4.3.0 not this sender now
< 503 need MAIL
> RSET
>+ MAIL FROM:<a@example.net>
>+ RCPT TO:<ann@example.org>
< 250 ok
< 451 4.3.0 not this sender now
< 503 need MAIL
> RSET
>+ MAIL FROM:<b@example.net>
>+ RCPT TO:<ann@example.org>
< 250 ok
< 250 ok
< 250 ok
= pass/accepted, QUIT
)",
                        several);
}

TEST(dialogue, last_sender_that_is_put_off_decides) {  // CP-071, CP-074
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx
> MAIL FROM:<>
< 550 no bounces
> RSET
< 250 ok
> MAIL FROM:<verify@example.net>
< 451 4.3.0 not this sender now
= transient/temporary, rejects <>, QUIT
)",
                        with_fallback());
}

TEST(dialogue, sender_that_is_greylisted_is_the_only_one) {
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx
> MAIL FROM:<>
< 451 4.7.1 greylisted, come again
= transient/greylisted, QUIT
)",
                        with_fallback());
}

TEST(dialogue, server_that_closes_at_mail_hears_no_other_sender) {  // CO-060
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx
> MAIL FROM:<>
< 421 4.3.2 shutting down
= transient/busy, QUIT
)",
                        with_fallback());
}

TEST(dialogue, smtputf8_that_is_offered_and_refused) {
    auto needy = asking("j\xc3\xbcrgen@example.org");
    needy.needs_smtputf8 = true;
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250 SMTPUTF8
> MAIL FROM:<> SMTPUTF8
< 555 5.5.4 unknown parameter
= error/smtputf8_unsupported, QUIT
)",
                        needy);
}
