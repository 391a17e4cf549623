#include "milterproto/core/filter/filter_session.hpp"

#include <gtest/gtest.h>

#include "milterproto/support/conversation.hpp"

/// What becomes of each verdict at each stage (milter-protocol.md 3.6, 5.6, 6).
namespace milterproto {
namespace {

namespace step = core::step;
using test::converse;
using test::converse_agreed;
using test::wanting;

// MP-184, MP-187
TEST(verdicts, each_is_one_letter_and_a_reply_is_a_string) {
    converse_agreed(R"(
        > M <1@example.org>
        ! mail <1@example.org> => a
        < a
        > M <2@example.org>
        ! mail <2@example.org> => r
        < r
        > M <3@example.org>
        ! mail <3@example.org> => t
        < t
        > M <4@example.org>
        ! mail <4@example.org> => d
        < d
        > M <5@example.org>
        ! mail <5@example.org> => y 451 4.7.1 later
        < y 451 4.7.1 later
    )");
}

// MP-198, peculiarity D23
TEST(verdicts, skip_outside_the_body_becomes_continue) {
    converse_agreed(R"(
        > M <a@example.org>
        ! mail <a@example.org> => s (converted)
        < c
        > R <b@example.org>
        ! rcpt <b@example.org> => s (converted)
        < c
        > L Subject x
        ! header Subject x => s (converted)
        < c
        > E
        ! eom => s (converted)
        < c
    )",
                    wanting(step::skip));
}

// MP-203, peculiarity D24
TEST(verdicts, discard_outside_a_message_becomes_continue) {
    converse_agreed(R"(
        > C client.example.org U
        ! connect client.example.org U => d (converted)
        < c
        > H client.example.org
        ! helo client.example.org => d (converted)
        < c
        > U FOOBAR
        ! unknown FOOBAR => d (converted)
        < c
    )");
}

// MP-198
TEST(verdicts, skip_ends_the_body_for_the_filter_where_it_was_agreed) {
    converse_agreed(R"(
        = M <a@example.org>
        > B one
        ! body one => s
        < s
        > B two
        < c
        > E three
        ! eom
        < c
        = M <a@example.org>
        = B four
    )",
                    wanting(step::skip));
}

// MP-198
TEST(verdicts, skip_is_emulated_where_it_was_not_agreed) {
    converse_agreed(R"(
        = M <a@example.org>
        > B one
        ! body one => s
        < c
        > B two
        < c
        > E
        ! eom => d
        < d
    )");
}

// MP-166
TEST(verdicts, a_last_chunk_in_the_end_of_message) {
    converse_agreed(R"(
        = M <a@example.org>
        > E last\r\n
        ! body last\r\n
        ! eom => a
        < a
        > E last\r\n
        < c
    )");
}

// MP-167
TEST(verdicts, a_verdict_on_the_last_chunk_is_the_only_one) {
    for (auto const* verdict : {"r", "t", "a", "d", "y 550 5.7.1 no"}) {
        converse_agreed(std::string(R"(
            = M <a@example.org>
            > E last
            ! body last => )") +
                        verdict + "\n< " + verdict + R"(
            > A
            = M <b@example.org>
        )");
    }
}

// MP-168
TEST(verdicts, skip_of_the_last_chunk_leads_to_the_end) {
    converse_agreed(R"(
        = M <a@example.org>
        > E last
        ! body last => s
        ! eom
        < c
    )",
                    wanting(step::skip));
}

TEST(verdicts, a_last_chunk_that_nobody_wants) {
    converse_agreed(R"(
        = M <a@example.org>
        > E last
        ! eom
        < c
    )",
                    wanting(step::no_body));
}

TEST(verdicts, a_last_chunk_that_is_not_answered) {
    converse_agreed(R"(
        = M <a@example.org>
        > B first
        ! body first
        > E last
        ! body last
        ! eom
        < c
    )",
                    wanting(step::no_reply_body));
}

TEST(verdicts, abort_between_the_last_chunk_and_the_next_message_is_nothing) {
    converse_agreed(R"(
        = M <a@example.org>
        > E last
        ! body last
        ! eom
        < c
        > A
        > end of file
        ! close: the peer closed the connection
        ! finished
    )");
}

// MP-200, MP-201, peculiarity D2
TEST(verdicts, a_verdict_at_an_unanswered_stage_has_no_effect) {
    converse_agreed(R"(
        > C client.example.org U
        ! connect client.example.org U => a (suppressed)
        > H client.example.org
        ! helo client.example.org => r (suppressed)
        > M <a@example.org>
        ! mail <a@example.org> => r (suppressed)
        > R <b@example.org>
        ! rcpt <b@example.org> => y 550 5.1.1 no (suppressed)
        > T
        ! data => t (suppressed)
        > L Subject x
        ! header Subject x => d (suppressed)
        > N
        ! eoh => a (suppressed)
        > B x
        ! body x => r (suppressed)
        > U FOOBAR
        ! unknown FOOBAR => r (suppressed)
        > E
        ! eom => r
        < r
    )",
                    wanting(step::all_no_reply));
}

TEST(verdicts, skip_of_a_body_that_is_not_answered_still_ends_it) {
    converse_agreed(R"(
        = M <a@example.org>
        > B one
        ! body one => s
        > B two
        = E
    )",
                    wanting(step::no_reply_body | step::skip));
}

// MP-046, MP-199
TEST(verdicts, stages_that_the_old_MTA_wants_answered_are_answered) {
    converse(R"(
        > O 2 1ff 7f
        < O 2 0 0
        = M <a@example.org>
        = L Subject x
        = B x
    )",
             wanting(step::all_no_reply));
}

TEST(verdicts, what_was_declined_and_comes_all_the_same_is_answered_and_not_shown) {
    converse(R"(
        > O 6 1ff 400
        < O 6 0 0
        > C client.example.org U
        < c
        > H client.example.org
        < c
        > M <a@example.org>
        < c
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
        > U FOOBAR
        < c
        = E
    )",
             wanting(0x37f));
}

}  // namespace
}  // namespace milterproto
