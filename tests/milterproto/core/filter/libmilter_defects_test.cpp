#include <gtest/gtest.h>

#include "milterproto/core/filter/filter_session.hpp"
#include "milterproto/support/conversation.hpp"
#include "milterproto/support/packets.hpp"

/// The nine ways in which libmilter breaks its own contract (milter-protocol.md 5.5), each with what provokes
/// it there.
namespace milterproto {
namespace {

using test::converse_agreed;
using test::wanting;
namespace step = core::step;

// MP-135
TEST(libmilter_defect, B1_no_abort_after_the_end_where_mail_is_declined) {
    converse_agreed(R"(
        > R <b@example.org>
        ! rcpt <b@example.org>
        < c
        = E
        > A
        > A
        > Q
        ! close
        ! finished
    )",
                    wanting(step::no_mail));
}

// MP-154
TEST(libmilter_defect, B2_an_unknown_command_hides_no_message) {
    converse_agreed(R"(
        = M <a@example.org>
        > U FOOBAR
        ! unknown FOOBAR
        < c
        > end of file
        ! abort
        ! close: the peer closed the connection
        ! finished
    )");
}

// MP-155
TEST(libmilter_defect, B3_an_unknown_command_opens_no_message) {
    converse_agreed(R"(
        > U FOOBAR
        ! unknown FOOBAR
        < c
        > A
        > Q
        ! close
        ! finished
    )");
}

// MP-149, MP-151
TEST(libmilter_defect, B4_close_comes_once_for_a_connection_that_was_left) {
    converse_agreed(R"(
        = M <a@example.org>
        = E
        > K
        ! close
        > end of file
        ! finished
    )");
}

// MP-150
TEST(libmilter_defect, B5_a_connection_may_be_left_in_any_state) {
    converse_agreed(R"(
        = M <a@example.org>
        > K
        ! abort
        ! close
        > C second.example.org U
        ! connect second.example.org U
        < c
        = M <b@example.org>
        > T
        ! data
        < c
        > K
        ! abort
        ! close
    )");
}

// MP-166, MP-167, MP-168
TEST(libmilter_defect, B6_one_verdict_for_an_end_that_carries_bytes) {
    converse_agreed(R"(
        = M <a@example.org>
        > E rest
        ! body rest => r
        < r
        = M <a@example.org>
        > E rest
        ! body rest => s
        ! eom
        < c
    )",
                    wanting(step::skip));
}

// MP-153
TEST(libmilter_defect, B7_headers_follow_an_unknown_command_where_data_is_declined) {
    converse_agreed(R"(
        = M <a@example.org>
        > R <b@example.org>
        ! rcpt <b@example.org>
        < c
        > U FOOBAR
        ! unknown FOOBAR
        < c
        > L Subject x
        ! header Subject x
        < c
        = E
    )",
                    wanting(step::no_data));
}

// MP-188: decision and text are one value; a later verdict of the same class has the MTA's words
TEST(libmilter_defect, B8_no_text_is_left_for_a_later_verdict) {
    converse_agreed(R"(
        = M <a@example.org>
        > R <b@example.org>
        ! rcpt <b@example.org> => y 550 5.1.1 unknown
        < y 550 5.1.1 unknown
        > R <c@example.org>
        ! rcpt <c@example.org> => r
        < r
    )");
}

// MP-202: what is not a verdict ends the connection, and nobody waits for an answer
TEST(libmilter_defect, B9_what_is_no_verdict_leaves_no_silence) {
    core::filter_session session{core::filter_wishes()};
    auto const feed = [&](std::string const& bytes) {
        bytes.copy(session.input(bytes.size()).data(), bytes.size());
        session.received(bytes.size());
        return session.next();
    };
    feed(packets::offer());
    ASSERT_TRUE(std::holds_alternative<mail_event>(feed(packets::mail())));
    session.answer(core::answer::proceed);
    ASSERT_TRUE(std::holds_alternative<eom_event>(feed(packets::end_of_message())));
    EXPECT_EQ(session.answer(static_cast<core::answer>(9)), core::answered::refused);
    EXPECT_TRUE(std::holds_alternative<core::close_event>(session.next()));
    EXPECT_TRUE(std::holds_alternative<core::finished>(session.next()));
}

}  // namespace
}  // namespace milterproto
