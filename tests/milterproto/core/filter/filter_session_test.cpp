#include "milterproto/core/filter/filter_session.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "milterproto/support/conversation.hpp"
#include "milterproto/support/packets.hpp"

/// The state machine of milter-protocol.md 5, told as conversations; how to read one stands in
/// support/conversation.hpp. Each is fed whole, byte by byte and in random pieces (MP-002, MP-003).
namespace milterproto {
namespace {

namespace step = core::step;
using test::converse;
using test::converse_agreed;
using test::wanting;

// ---- the order of a message ----

// MP-126, MP-016, MP-143
TEST(conversation, one_reply_for_each_command_in_order) {
    converse_agreed(R"(
        > D C j=mx.example.org
        = C client.example.org 4 25 192.0.2.1
        > D H
        = H client.example.org
        = M <a@example.org> SIZE=100 BODY=8BITMIME
        = R <b@example.org> NOTIFY=NEVER
        = T
        = L Subject hello
        = N
        = B hi\r\n
        = E
        > Q
        ! close
        ! finished
    )");
}

// MP-127, MP-156, MP-157
TEST(conversation, steps_may_be_missing) {
    converse_agreed(R"(
        = C client.example.org U
        = M <a@example.org>
        = R <b@example.org>
        = L Subject header without DATA
        = B body without end of headers
        = E
        = M <a@example.org>
        = R <b@example.org>
        = N
        = E
    )");
}

// MP-157, MP-170
TEST(conversation, end_of_message_directly_after_rcpt) {
    converse_agreed(R"(
        = M <>
        = R <b@example.org>
        > E
        ! eom => a
        < a
    )");
}

// MP-158
TEST(conversation, body_and_end_follow_headers_when_end_of_headers_was_declined) {
    converse_agreed(R"(
        = M <a@example.org>
        = R <b@example.org>
        = L Subject x
        = B x
        = E
    )",
                    wanting(step::no_end_of_headers));
}

// MP-128, MP-141
TEST(conversation, every_greeting_is_told) {
    converse_agreed(R"(
        = H one.example.org
        = H two.example.org
        > A
        = H three.example.org
    )");
}

// MP-131, MP-172
TEST(conversation, two_messages_on_one_connection) {
    converse_agreed(R"(
        = M <a@example.org>
        > R <b@example.org>
        ! rcpt <b@example.org> => a
        < a
        > A
        = M <c@example.org>
        = R <d@example.org>
        > E
        ! eom => r
        < r
        = M <e@example.org>
        = R <f@example.org>
    )");
}

// ---- abort ----

// MP-129, MP-141
TEST(conversation, a_greeting_inside_a_message_aborts_it_first) {
    converse_agreed(R"(
        = M <a@example.org>
        > H again.example.org
        ! abort
        ! helo again.example.org
        < c
    )");
}

// MP-130
TEST(conversation, a_sender_inside_a_message_aborts_it_first) {
    converse_agreed(R"(
        = M <a@example.org>
        > M <b@example.org>
        ! abort
        ! mail <b@example.org>
        < c
    )");
}

// MP-132, MP-134, MP-140
TEST(conversation, abort_is_told_once_at_each_stage) {
    converse_agreed(R"(
        = M <1@example.org>
        > A
        ! abort
        > A
        = M <2@example.org>
        = R <b@example.org>
        > A
        ! abort
        = M <3@example.org>
        = R <b@example.org>
        = T
        > A
        ! abort
        = M <4@example.org>
        = L Subject x
        > A
        ! abort
        = M <5@example.org>
        = N
        > A
        ! abort
        = M <6@example.org>
        = B x
        > A
        ! abort
    )");
}

// MP-133, MP-171
TEST(conversation, abort_outside_a_message_is_nothing) {
    converse(R"(
        > A
        > O 6 1ff 1fffff
        < O 6 0 0
        > A
        = C client.example.org U
        > A
        = M <a@example.org>
        = E
        > A
        > A
    )");
}

// MP-135, MP-171
TEST(conversation, postfix_aborts_after_the_end_and_without_mail_nobody_is_told) {
    converse_agreed(R"(
        = R <b@example.org>
        = E
        > A
        > A
        = R <c@example.org>
        > A
        ! abort
    )",
                    wanting(step::no_mail));
}

// MP-136
TEST(conversation, a_decided_message_is_not_aborted) {
    converse_agreed(R"(
        > M <1@example.org>
        ! mail <1@example.org> => r
        < r
        > A
        = M <2@example.org>
        > T
        ! data => t
        < t
        > A
        = M <3@example.org>
        > L Subject x
        ! header Subject x => a
        < a
        > A
        = M <4@example.org>
        > N
        ! eoh => d
        < d
        > A
        = M <5@example.org>
        > B x
        ! body x => y 554 5.7.1 no
        < y 554 5.7.1 no
        > A
        = M <6@example.org>
        > E
        ! eom => r
        < r
        > A
    )");
}

// MP-137
TEST(conversation, a_refused_recipient_leaves_the_message_open) {
    converse_agreed(R"(
        = M <a@example.org>
        > R <b@example.org>
        ! rcpt <b@example.org> => r
        < r
        > R <c@example.org>
        ! rcpt <c@example.org> => t
        < t
        > R <d@example.org>
        ! rcpt <d@example.org> => y 550 5.1.1 unknown
        < y 550 5.1.1 unknown
        > A
        ! abort
    )");
}

// MP-138, MP-139
TEST(conversation, discard_and_accept_of_a_recipient_finish_the_message) {
    converse_agreed(R"(
        = M <a@example.org>
        > R <b@example.org>
        ! rcpt <b@example.org> => d
        < d
        > A
        = M <a@example.org>
        > R <b@example.org>
        ! rcpt <b@example.org> => a
        < a
        > A
    )");
}

// ---- the end of the connection ----

// MP-142, MP-147, MP-148
TEST(conversation, quit_inside_a_message_aborts_and_closes) {
    converse_agreed(R"(
        = M <a@example.org>
        > Q
        ! abort
        ! close
        ! finished
    )");
}

// MP-148
TEST(conversation, what_follows_quit_is_not_looked_at) {
    converse_agreed(R"(
        > Q
        ! close
        ! finished
        > M <a@example.org>
        > bytes \x00\x00\x00\x00
    )");
}

// MP-014, MP-144, MP-147
TEST(conversation, end_of_file_inside_a_frame_inside_a_message) {
    converse_agreed(R"(
        = M <a@example.org>
        > bytes \x00\x00\x00\x05Rb
        > end of file
        ! abort
        ! close: the connection ended inside a frame
        ! finished
    )");
}

// MP-144
TEST(conversation, end_of_file_inside_a_message) {
    converse_agreed(R"(
        = M <a@example.org>
        = R <b@example.org>
        > end of file
        ! abort
        ! close: the peer closed the connection
        ! finished
    )");
}

// MP-015, MP-145
TEST(conversation, end_of_file_after_a_message) {
    converse_agreed(R"(
        = M <a@example.org>
        = E
        > end of file
        ! close: the peer closed the connection
        ! finished
    )");
}

// MP-146, MP-017
TEST(conversation, a_probe_that_connects_and_leaves_is_one_close) {
    converse(R"(
        > end of file
        ! close: the peer closed the connection
        ! finished
    )");
}

// MP-174, MP-252
TEST(conversation, stop_and_time_out_end_an_open_message) {
    converse_agreed(R"(
        = M <a@example.org>
        > stop
        ! abort
        ! close: the server was stopped
        ! finished
    )");
    converse_agreed(R"(
        = M <a@example.org>
        > time-out
        ! abort
        ! close: a frame did not end in time
        ! finished
    )");
}

// MP-149, MP-152
TEST(conversation, quit_nc_after_a_message_keeps_the_connection) {
    converse_agreed(R"(
        = C one.example.org U
        = M <a@example.org>
        = E
        > K
        ! close
        = C two.example.org U
        > Q
        ! close
        ! finished
    )");
}

// MP-150, MP-118
TEST(conversation, quit_nc_inside_a_message) {
    converse_agreed(R"(
        > D C j=mx.example.org
        > C one.example.org U
        ! connect one.example.org U
        ? j mx.example.org
        < c
        = M <a@example.org>
        > K
        ! abort
        ? j mx.example.org
        ! close
        ? j mx.example.org
        > C two.example.org U
        ! connect two.example.org U
        ? j
        < c
    )");
}

// MP-151, MP-147
TEST(conversation, after_quit_nc_nothing_is_open_that_could_be_closed) {
    converse_agreed(R"(
        = C one.example.org U
        > K
        ! close
        > A
        > D C j=mx.example.org
        > K
        > end of file
        ! finished
    )");
}

// ---- commands that belong to no message ----

// MP-153, MP-092
TEST(conversation, an_unknown_command_changes_nothing_wherever_it_comes) {
    converse_agreed(R"(
        = U FOOBAR
        = C client.example.org U
        > U FOOBAR x y
        ! unknown FOOBAR x y => r
        < r
        = M <a@example.org>
        > U ETRN
        ! unknown ETRN => a
        < a
        = R <b@example.org>
        > U ETRN
        ! unknown ETRN => y 500 5.5.1 what?
        < y 500 5.5.1 what?
        = L Subject libmilter drops this one
        = U ETRN
        = N
        > U ETRN
        ! unknown ETRN => t
        < t
        = B x
        = U ETRN
        = E
    )");
}

// MP-154
TEST(conversation, unknown_then_end_of_file_still_aborts) {
    converse_agreed(R"(
        = M <a@example.org>
        = U FOOBAR
        > end of file
        ! abort
        ! close: the peer closed the connection
        ! finished
    )");
}

// MP-155
TEST(conversation, unknown_when_idle_then_abort_is_no_abort) {
    converse_agreed(R"(
        = U FOOBAR
        > A
    )");
}

// MP-169
TEST(conversation, an_accepted_connection_is_answered_and_not_shown) {
    converse_agreed(R"(
        > C client.example.org U
        ! connect client.example.org U => a
        < a
        > H client.example.org
        < a
        > M <a@example.org>
        < a
        > R <b@example.org>
        < a
        > E
        < a
        > A
        > U FOOBAR
        < a
        > Q
        ! close
        ! finished
    )");
    converse_agreed(R"(
        > H client.example.org
        ! helo client.example.org => a
        < a
        > M <a@example.org>
        < a
        > K
        ! close
        = C other.example.org U
    )");
}

TEST(conversation, a_rejected_connection_may_go_on) {
    converse_agreed(R"(
        > C client.example.org U
        ! connect client.example.org U => r
        < r
        > H client.example.org
        ! helo client.example.org => t
        < t
        = M <a@example.org>
    )");
}

// ---- nobody waits in vain (MP-165) ----

// MP-159, MP-165
TEST(conversation, commands_without_a_message_are_answered_and_not_shown) {
    converse_agreed(R"(
        > R <b@example.org>
        < c
        > T
        < c
        > L Subject x
        < c
        > N
        < c
        > B x
        < c
        > E
        < c
    )");
}

// MP-160, MP-165, peculiarity D1
TEST(conversation, a_recipient_after_data_was_refused) {
    converse_agreed(R"(
        = M <a@example.org>
        = R <b@example.org>
        > T
        ! data => r
        < r
        > R <c@example.org>
        < c
        > T
        < c
        > E
        < c
        = M <a@example.org>
    )");
}

// Peculiarity D1
TEST(conversation, another_filter_refused_data_and_the_message_goes_on) {
    converse_agreed(R"(
        = M <a@example.org>
        = R <b@example.org>
        = T
        = R <c@example.org>
        = T
        > A
        ! abort
    )");
}

// MP-165, MP-170
TEST(conversation, a_decided_message_is_answered_with_the_decision) {
    converse_agreed(R"(
        > M <a@example.org>
        ! mail <a@example.org> => a
        < a
        > R <b@example.org>
        < a
        > L Subject x
        < a
        > E
        < a
        > M <b@example.org>
        ! mail <b@example.org> => d
        < d
        > R <b@example.org>
        < c
        > E
        < c
    )");
}

// MP-162
TEST(conversation, a_second_end_of_message_is_answered_and_not_shown) {
    converse_agreed(R"(
        = M <a@example.org>
        = E
        > E
        < c
    )");
}

// ---- declined stages ----

TEST(declined, only_the_end_of_message_is_wanted) {
    converse_agreed(R"(
        > D C j=mx.example.org
        > D M i=one
        > E
        ! eom
        ? j mx.example.org
        ? i one
        < c
        > A
        > E
        ! eom => t
        < t
        > Q
        ! close
        ! finished
    )",
                    wanting(0x37f));
}

// Defect B1, peculiarity D6
TEST(declined, the_first_recipient_opens_the_message) {
    converse_agreed(R"(
        > R <b@example.org>
        ! rcpt <b@example.org> => a
        < a
        > A
        = R <c@example.org>
        > end of file
        ! abort
        ! close: the peer closed the connection
        ! finished
    )",
                    wanting(step::no_mail));
}

TEST(declined, headers_open_the_message_where_the_envelope_is_declined) {
    converse_agreed(R"(
        = L Subject x
        = L To y
        = E
        = L Subject next
        > A
        ! abort
    )",
                    wanting(step::no_mail | step::no_rcpt | step::no_data));
}

// ---- the session as its driver sees it ----

// MP-204: so is one to abort or close
TEST(session, an_answer_that_nobody_asked_for_is_nothing) {
    core::filter_session session{core::filter_wishes()};
    EXPECT_EQ(session.answer(core::answer::reject), core::answered::suppressed);
    session.fail(errc::stopped);
    EXPECT_TRUE(std::holds_alternative<core::close_event>(session.next()));
    EXPECT_EQ(session.answer(core::answer::reject), core::answered::suppressed);
    EXPECT_TRUE(session.output().empty());
}

TEST(session, the_first_failure_is_the_cause) {
    core::filter_session session{core::filter_wishes()};
    session.fail(errc::packet_timeout);
    session.fail(errc::peer_gone);
    EXPECT_EQ(std::get<core::close_event>(session.next()).cause, errc::packet_timeout);
    EXPECT_TRUE(std::holds_alternative<core::finished>(session.next()));
    EXPECT_TRUE(std::holds_alternative<core::finished>(session.next()));
}

// MP-010
TEST(session, a_promised_length_gets_no_memory) {
    core::filter_session session{core::filter_wishes()};
    std::string_view const promise("\0\0\xff\xff", 4);
    std::memcpy(session.input(4).data(), promise.data(), promise.size());
    session.received(promise.size());
    EXPECT_TRUE(std::holds_alternative<core::need_input>(session.next()));
    EXPECT_LE(session.input(1).size(), 1024U);
}

// MP-173
TEST(session, two_sessions_know_nothing_of_each_other) {
    auto const negotiated = [](core::filter_wishes const& wishes) {
        core::filter_session session(wishes);
        auto const offer = packets::offer();
        std::memcpy(session.input(offer.size()).data(), offer.data(), offer.size());
        session.received(offer.size());
        (void)session.next();
        return session.agreed().options.steps;
    };
    EXPECT_EQ(negotiated(wanting(step::no_mail)), step::no_mail);
    EXPECT_EQ(negotiated(wanting(0)), 0U);
}

}  // namespace
}  // namespace milterproto
