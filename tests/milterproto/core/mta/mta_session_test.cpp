#include "milterproto/core/mta/mta_session.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>

#include "milterproto/support/mta_conversation.hpp"

/// Which commands a filter is sent, in which order, and when ABORT and QUIT come
/// (milter-protocol.md 5.7, 5.8).
namespace milterproto {
namespace {

namespace step = core::step;
using core::postfix;
using core::sendmail;
using test::mta_converse;
using test::mta_converse_agreed;

/// Sendmail without macros, so that conversations show commands only. What is shown of it holds for its
/// order.
core::mta_dialect plain_sendmail() {
    auto as = sendmail();
    as.macros.defaults = {};
    return as;
}
core::mta_dialect plain_postfix() {
    auto as = postfix();
    as.macros.defaults = {};
    return as;
}

constexpr auto* in_transaction = R"(
    = helo client.example.org
    = mail <a@example.org>
    = rcpt <b@example.org>
)";

std::string after_recipient(std::string const& rest) {
    return in_transaction + rest;
}
std::string in_content(std::string const& rest) {
    return in_transaction + std::string("= data\n") + rest;
}

TEST(mta_session, a_whole_session_of_either) {
    std::string const session = in_content(R"(
        = header Subject hello
        = eoh
        = body hi
    )");
    mta_converse_agreed(plain_sendmail(), session + R"(
        = eom
        = mail <c@example.org>
        $ reset => unanswered
        > A
        $ quit => unanswered
        > Q
        ! over
    )");
    mta_converse_agreed(plain_postfix(), session + R"(
        $ eom
        > E
        < c
        ! E c
        > A
        = mail <c@example.org>
        $ reset => unanswered
        > A
        $ quit => unanswered
        > A
        > Q
        ! over
    )");
}

// MP-002, MP-003: every conversation is played with packets whole and byte by byte; here two come at once
TEST(mta_session, packets_in_one_segment) {
    mta_converse_agreed(plain_sendmail(), in_content(R"(
        $ eom
        > E
        < bytes \0\0\0\x01p\0\0\0\x04ha\0\0\0\0\0\x01a
        ! progress E
        ! change h a
        ! E a
    )"));
}

TEST(mta_session, connect_as_each_writes_it) {
    mta_converse_agreed(plain_sendmail(), R"(
        $ connect mx.example.org 6 4711 2001:db8::1
        > C mx.example.org 6 4711 IPv6:2001:db8::1
        < c
        ! C c
        $ connect mx.example.org 6 4711 2001:db8::1 => withheld
    )");
    mta_converse_agreed(plain_postfix(), R"(
        $ connect unknown 6 0 2001:db8::1
        > C [2001:db8::1] 6 0 2001:db8::1
    )");
    mta_converse_agreed(plain_sendmail(), R"(
        $ connect unknown 4 25 192.0.2.1
        > C [192.0.2.1] 4 25 192.0.2.1
    )");
    mta_converse_agreed(plain_sendmail(), R"(
        $ connect localhost L 0 /run/socket
        > C localhost L 0 /run/socket
    )");
    mta_converse_agreed(plain_postfix(), R"(
        $ connect localhost U
        > C localhost U
    )");
}

// Peculiarity D12
TEST(mta_session, unknown_commands_as_each_shows_them) {
    mta_converse_agreed(plain_sendmail(), R"(
        $ unknown FOOBAR x y
        > U FOOBAR x y
    )");
    mta_converse_agreed(plain_postfix(), R"(
        $ unknown FOOBAR x y
        > U FOOBAR
    )");
}

// MP-025
TEST(mta_session, strings_carry_every_byte_but_NUL) {
    std::string every;
    for (int byte = 1; byte != 256; ++byte) {
        if (byte == ' ') continue;
        std::array<char, 5> hex{};
        std::snprintf(hex.data(), hex.size(), "\\x%02x", byte);
        every += hex.data();
    }
    core::mta_session mta(plain_sendmail());
    core::frame_reader reader;
    std::string value;
    for (int byte = 1; byte != 256; ++byte) {
        if (byte != '\r') value.push_back(static_cast<char>(byte));
    }
    mta.insist().header("X", value);
    auto const frame = std::string(mta.output());
    EXPECT_EQ(frame.substr(4), "LX" + std::string(1, '\0') + value + std::string(1, '\0'));
}

// MP-175
TEST(mta_order, reset_in_a_transaction_aborts_once) {
    for (auto const& as : {plain_sendmail(), plain_postfix()}) {
        mta_converse_agreed(as, after_recipient(R"(
            $ reset => unanswered
            > A
            $ reset => withheld
            = mail <c@example.org>
        )"));
    }
}

TEST(mta_order, reset_without_a_transaction_is_nothing) {
    for (auto const& as : {plain_sendmail(), plain_postfix()}) {
        mta_converse_agreed(as, R"(
            = helo client.example.org
            $ reset => withheld
        )");
    }
}

TEST(mta_order, reset_after_the_filter_has_accepted) {
    auto const script = std::string(R"(
        = helo client.example.org
        $ mail <a@example.org>
        > M <a@example.org>
        < a
        ! M a
        $ rcpt <b@example.org> => withheld
    )");
    mta_converse_agreed(plain_sendmail(), script + "$ reset => withheld\n= mail <c@example.org>\n");
    mta_converse_agreed(plain_postfix(), script + "$ reset => unanswered\n> A\n= mail <c@example.org>\n");
}

TEST(mta_order, a_sender_that_the_filter_refuses) {
    auto const* const script = R"(
        $ mail <a@example.org>
        > M <a@example.org>
        < r
        ! M r
    )";
    mta_converse_agreed(plain_sendmail(), std::string(script) + R"(
        $ rcpt <b@example.org> => withheld
        = mail <c@example.org>
    )");
    mta_converse_agreed(plain_postfix(), std::string(script) + R"(
        > A
        $ rcpt <b@example.org> => withheld
        = mail <c@example.org>
    )");
}

// MP-176, MP-177, peculiarity D3
TEST(mta_order, abort_after_a_completed_message) {
    for (auto const* verdict : {"c", "a", "r", "t", "d"}) {
        auto const script = in_content(std::string("= eoh\n$ eom\n> E\n< ") + verdict + "\n! E " + verdict);
        mta_converse_agreed(plain_sendmail(), script + "\n= mail <c@example.org>\n");
        mta_converse_agreed(plain_postfix(), script + "\n> A\n= mail <c@example.org>\n");
    }
}

// MP-178, peculiarity D4
TEST(mta_order, postfix_greets_before_it_aborts) {
    mta_converse_agreed(plain_postfix(), after_recipient(R"(
        $ helo again.example.org
        > H again.example.org
        < c
        ! H c
        > A
        > A
        = mail <c@example.org>
    )"));
    mta_converse_agreed(plain_postfix(), R"(
        = helo client.example.org
        $ helo again.example.org
        > H again.example.org
        < c
        ! H c
        > A
    )");
}

// MP-179, peculiarity D4
TEST(mta_order, sendmail_aborts_before_it_greets) {
    mta_converse_agreed(plain_sendmail(), after_recipient(R"(
        $ helo again.example.org
        > A
        > H again.example.org
        < c
        ! H c
        = helo and.again.example.org
    )"));
}

TEST(mta_order, a_sender_inside_a_transaction_is_the_MTAs_to_refuse) {
    mta_converse_agreed(plain_sendmail(), after_recipient("$ mail <c@example.org> => withheld\n"));
}

// MP-180
TEST(mta_order, accept_at_connect_or_helo) {
    for (auto const* command : {"helo h\n> H h\n< a\n! H a\n", "connect h U\n> C h U\n< a\n! C a\n"}) {
        mta_converse_agreed(plain_sendmail(),
                            std::string("$ ") + command + "> Q\n! over\n$ helo h => withheld\n");
        mta_converse_agreed(plain_postfix(), std::string("$ ") + command + "! over\n$ quit => withheld\n");
    }
}

TEST(mta_order, refusal_at_connect) {
    for (auto const* verdict : {"r", "t", "y 550 5.7.1 no"}) {
        auto const script = std::string("$ connect h U\n> C h U\n< ") + verdict + "\n! C " + verdict;
        mta_converse_agreed(plain_sendmail(), script + "\n> Q\n! over\n");
        mta_converse_agreed(plain_postfix(), script + "\n! over\n");
    }
}

TEST(mta_order, refusal_at_helo) {
    for (auto const* verdict : {"r", "t", "y 421 4.7.1 go away"}) {
        auto const script = std::string("$ helo h\n> H h\n< ") + verdict + "\n! H " + verdict;
        mta_converse_agreed(plain_sendmail(), script + R"(
            $ helo h => withheld
            $ mail <a@example.org> => withheld
            $ quit => unanswered
            > Q
            ! over
        )");
        mta_converse_agreed(plain_postfix(), script + "\n! over\n");
    }
}

// Peculiarity D24
TEST(mta_order, discard_at_connect) {
    mta_converse_agreed(plain_sendmail(), R"(
        $ connect h U
        > C h U
        < d
        ! C d
        $ helo h => withheld
        $ mail <a@example.org> => withheld
        $ quit => unanswered
        > Q
        ! over
    )");
    mta_converse_agreed(plain_postfix(), R"(
        $ connect h U
        > C h U
        < d
        ! C d
        = helo h
        $ helo h
        > H h
        < d
        ! H d
        > A
        = mail <a@example.org>
    )");
}

// MP-181
TEST(mta_order, a_decided_message_is_shown_no_further) {
    for (auto const* verdict : {"a", "d"}) {
        auto const said = std::string("\n< ") + verdict + "\n! ";
        mta_converse_agreed(plain_sendmail(), in_transaction + std::string("$ data\n> T") + said + "T " +
                                                  verdict +
                                                  R"(
            $ rcpt <c@example.org> => withheld
            $ header Subject x => withheld
            $ eoh => withheld
            $ body x => withheld
            $ unknown FOOBAR
            > U FOOBAR
        )");
    }
    for (auto const* verdict : {"a", "d", "r", "t", "y 550 5.7.1 no"}) {
        auto const said = std::string("\n< ") + verdict + "\n! ";
        for (auto const* shown : {"header Subject x\n> L Subject x#L", "eoh\n> N#N", "body x\n> B x#B"}) {
            std::string const one(shown);
            auto const hash = one.find('#');
            mta_converse_agreed(plain_sendmail(), in_content("$ " + one.substr(0, hash) + said +
                                                             one.substr(hash + 1) + ' ' + verdict + R"(
                $ header Subject y => withheld
                $ eoh => withheld
                $ body y => withheld
                $ eom => withheld
                = mail <c@example.org>
            )"));
        }
    }
}

// MP-181, peculiarity D1
TEST(mta_order, a_transaction_stays_open_when_DATA_is_refused) {
    for (auto const& as : {plain_sendmail(), plain_postfix()}) {
        mta_converse_agreed(as, after_recipient(R"(
            $ data
            > T
            < r
            ! T r
            $ header Subject x => withheld
            $ eom => withheld
            = rcpt <c@example.org>
            = data
            = eoh
            $ reset => unanswered
            > A
        )"));
    }
}

// MP-182
TEST(mta_order, one_refused_recipient_stops_nothing) {
    for (auto const& as : {plain_sendmail(), plain_postfix()}) {
        mta_converse_agreed(as, R"(
            = mail <a@example.org>
            $ rcpt <b@example.org>
            > R <b@example.org>
            < r
            ! R r
            = rcpt <c@example.org>
            $ rcpt <d@example.org>
            > R <d@example.org>
            < y 450 4.2.1 later
            ! R y 450 4.2.1 later
            = data
            = header Subject x
        )");
    }
}

TEST(mta_order, without_a_recipient_there_is_no_content) {
    mta_converse_agreed(plain_sendmail(), R"(
        = mail <a@example.org>
        $ rcpt <b@example.org>
        > R <b@example.org>
        < t
        ! R t
        $ data => withheld
        $ eom => withheld
        $ reset => unanswered
        > A
    )");
}

TEST(mta_order, discard_is_followed_by_abort_at_the_end) {
    for (auto const* shown :
         {"rcpt <c@example.org>\n> R <c@example.org>\n< d\n! R d", "data\n> T\n< d\n! T d"}) {
        for (auto const& as : {plain_sendmail(), plain_postfix()}) {
            mta_converse_agreed(as, in_transaction + std::string("$ ") + shown + R"(
                $ data => withheld
                $ eom => withheld
                > A
                = mail <c@example.org>
            )");
        }
    }
}

TEST(mta_order, quit_in_a_transaction) {
    mta_converse_agreed(plain_sendmail(), after_recipient("$ quit => unanswered\n> Q\n! over\n"));
    mta_converse_agreed(plain_postfix(), after_recipient("$ quit => unanswered\n> A\n> A\n> Q\n! over\n"));
    mta_converse_agreed(plain_postfix(), "$ quit => unanswered\n> Q\n! over\n$ quit => withheld\n");
}

// MP-183, peculiarity D5
TEST(mta_order, a_client_that_goes_inside_the_content) {
    mta_converse_agreed(plain_sendmail(), in_content("$ gone => withheld\n! over\n$ quit => withheld\n"));
    mta_converse_agreed(plain_sendmail(), after_recipient("$ gone => unanswered\n> Q\n! over\n"));
    mta_converse_agreed(plain_postfix(), in_content("$ gone => unanswered\n> A\n> A\n> Q\n! over\n"));
    mta_converse_agreed(plain_postfix(), after_recipient("$ gone => unanswered\n> A\n> A\n> Q\n! over\n"));
}

// Peculiarity D38
TEST(mta_order, the_greeting_after_starttls) {
    mta_converse_agreed(plain_sendmail(), after_recipient(R"(
        $ starttls => withheld
        $ helo again.example.org
        > A
        > H again.example.org
    )"));
    mta_converse_agreed(plain_postfix(), R"(
        = helo client.example.org
        $ starttls => unanswered
        > A
        = helo client.example.org
    )");
}

// MP-069
TEST(mta_order, what_is_not_answered_needs_no_waiting) {
    mta_converse_agreed(plain_sendmail(), R"(
        $ connect h U => unanswered
        > C h U
        $ helo h => unanswered
        > H h
        $ mail <a@example.org> => unanswered
        > M <a@example.org>
        $ rcpt <b@example.org> => unanswered
        > R <b@example.org>
        $ data => unanswered
        > T
        $ header Subject x => unanswered
        > L Subject x
        $ eoh => unanswered
        > N
        $ body x => unanswered
        > B x
        $ unknown FOOBAR => unanswered
        > U FOOBAR
        $ eom
        > E
        < c
        ! E c
    )",
                        step::all_no_reply);
}

// Peculiarity D6
TEST(mta_order, sendmail_thinks_no_message_open_if_the_sender_is_not_answered) {
    for (auto const bit : {step::no_reply_mail, step::no_mail}) {
        auto const mail = bit == step::no_mail
                              ? "$ mail <a@example.org> => withheld\n"
                              : "$ mail <a@example.org> => unanswered\n> M <a@example.org>\n";
        mta_converse_agreed(plain_sendmail(), mail + std::string(R"(
            = rcpt <b@example.org>
            $ reset => withheld
            )") + mail + "= rcpt <c@example.org>\n= data\n= header Subject x\n$ reset => unanswered\n> A\n",
                            bit);
        mta_converse_agreed(plain_postfix(), mail + std::string(R"(
            = rcpt <b@example.org>
            $ reset => unanswered
            > A
        )"),
                            bit);
    }
}

TEST(mta_order, content_needs_DATA_before_it) {
    mta_converse_agreed(plain_sendmail(), after_recipient(R"(
        $ header Subject x => withheld
        $ eom => withheld
        $ content => withheld
        = data
        = eoh
        $ header Subject x => withheld
    )"));
}

TEST(mta_order, the_rest_of_a_content_that_was_begun_in_single_steps) {
    mta_converse_agreed(plain_sendmail(), in_content(R"(
        = eoh
        = body one
        $ field Subject:x
        $ text two\n
        $ content
        > B two\r\n
        < c
        > E
        < c
        ! E c
    )"));
}

TEST(mta_order, a_filter_that_wants_the_end_only) {
    mta_converse_agreed(plain_sendmail(), R"(
        $ connect h U => withheld
        $ helo h => withheld
        $ mail <a@example.org> => withheld
        $ rcpt <b@example.org> => withheld
        $ data => withheld
        $ header Subject x => withheld
        $ eoh => withheld
        $ body x => withheld
        $ unknown FOOBAR => withheld
        = eom
    )",
                        0x37f);
}

// MP-101
TEST(mta_order, refused_recipients_are_for_those_who_ask) {
    mta_converse_agreed(postfix(), R"(
        $ mail <a@example.org>
        > D M
        > M <a@example.org>
        < c
        ! M c
        $ refused 5.7.1|Access_denied <b@example.org>
        > D R {rcpt_mailer}=error {rcpt_host}=5.7.1 {rcpt_addr}=Access_denied
        > R <b@example.org>
        < c
        ! R c
    )",
                        step::rejected_recipients);
    mta_converse_agreed(postfix(), R"(
        $ mail <a@example.org>
        > D M
        > M <a@example.org>
        < c
        ! M c
        $ refused 5.7.1|Access_denied <b@example.org> => withheld
    )");
}

// MP-102
TEST(mta_order, a_refused_recipient_stays_refused) {
    mta_converse_agreed(plain_postfix(), R"(
        = mail <a@example.org>
        $ refused 5.7.1|no <b@example.org>
        > D R {rcpt_mailer}=error {rcpt_host}=5.7.1 {rcpt_addr}=no
        > R <b@example.org>
        < c
        ! R c
        $ data => withheld
        = rcpt <c@example.org>
        = data
    )",
                        step::rejected_recipients);
}

TEST(mta_order, what_is_insisted_on_is_written) {
    mta_converse_agreed(plain_sendmail(), R"(
        $ header Subject x => withheld
        $ force header Subject x
        > L Subject x
        < c
        ! L c
        $ force helo h
        > H h
        < c
        ! H c
        $ helo h => withheld
        $ force reset => unanswered
        > A
        $ raw X odd
        > X (unended) odd
    )",
                        step::no_helo);
}

TEST(mta_order, a_command_before_its_time_changes_nothing) {
    mta_converse_agreed(plain_sendmail(), R"(
        $ mail <a@example.org>
        > M <a@example.org>
        $ rcpt <b@example.org> => too early
        $ reset => too early
        $ starttls => too early
        $ quit => too early
        $ gone => too early
        $ content => too early
        < c
        ! M c
        = rcpt <b@example.org>
    )");
}

}  // namespace
}  // namespace milterproto
