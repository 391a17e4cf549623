#include <gtest/gtest.h>

#include "milterproto/core/mta/mta_dialect.hpp"
#include "milterproto/support/mta_conversation.hpp"

/// How an MTA opens a connection, and which answers to its offer it takes (milter-protocol.md 3).
namespace milterproto {
namespace {

using core::postfix;
using core::sendmail;
using test::mta_converse;
using test::mta_converse_agreed;

// MP-026
TEST(mta_negotiation, the_offer_comes_first_and_has_12_bytes) {
    for (auto const& as : {postfix(), sendmail()}) {
        mta_converse(as, R"(
            $ begin
            > O 6 1ff 1fffff
            < O 6 1ff 400
            ! agreed
        )");
    }
}

// MP-062, peculiarity D43
TEST(mta_negotiation, postfix_with_older_protocols) {
    mta_converse(postfix(2), R"(
        $ begin
        > O 2 1ff 7f
        < O 2 3f 0
        ! agreed
    )");
    mta_converse(postfix(3), R"(
        $ begin
        > O 3 1ff 17f
        < O 2 0 7f
        ! agreed
    )");
    mta_converse(postfix(4), R"(
        $ begin
        > O 4 1ff 37f
        < O 4 0 37f
        ! agreed
    )");
}

TEST(mta_negotiation, nothing_is_sent_before_it_has_ended) {
    mta_converse(sendmail(), R"(
        $ helo client.example.org => too early
        $ begin
        > O 6 1ff 1fffff
        $ helo client.example.org => too early
        $ quit => too early
        $ begin => withheld
        < O 6 0 0
        ! agreed
        $ mail <a@example.org>
        > D M
        > M <a@example.org>
    )");
}

// MP-061, MP-070
TEST(mta_negotiation, another_letter_is_an_error) {
    for (auto const& as : {postfix(), sendmail()}) {
        mta_converse(as, R"(
            $ begin
            > O 6 1ff 1fffff
            < c
            ! failed: the offer was not answered with an agreement
            ! over
            $ connect client.example.org U => withheld
            $ quit => withheld
        )");
    }
}

// MP-070: nothing is written after a failure, not even QUIT
TEST(mta_negotiation, an_agreement_that_is_too_short) {
    for (auto const& as : {postfix(), sendmail()}) {
        mta_converse(as, R"(
            $ begin
            > O 6 1ff 1fffff
            < frame O \0\0\0\x06\0\0\0\0\0\0\0
            ! failed: an agreement that cannot be read
            ! over
            $ quit => withheld
        )");
    }
}

TEST(mta_negotiation, a_filter_that_hangs_up) {
    mta_converse(postfix(), R"(
        $ begin
        > O 6 1ff 1fffff
        $ end of file
        ! failed: the peer closed the connection
        ! over
    )");
}

// MP-056, peculiarity D15
TEST(mta_negotiation, a_version_above_the_offer) {
    mta_converse(postfix(4), R"(
        $ begin
        > O 4 1ff 37f
        < O 6 0 0
        ! failed: an agreement to a version that was not offered
        ! over
    )");
    mta_converse(sendmail(), R"(
        $ begin
        > O 6 1ff 1fffff
        < O 100 0 0
        ! agreed
    )");
    mta_converse(sendmail(), R"(
        $ begin
        > O 6 1ff 1fffff
        < O 16777218 0 0
        ! failed: an agreement to a version that was not offered
        ! over
    )");
}

// MP-057
TEST(mta_negotiation, version_1_is_refused) {
    for (auto const& as : {postfix(), sendmail()}) {
        mta_converse(as, R"(
            $ begin
            > O 6 1ff 1fffff
            < O 1 0 0
            ! failed: an agreement to a version that was not offered
            ! over
        )");
    }
}

// MP-058
TEST(mta_negotiation, actions_outside_the_offer) {
    for (auto const& as : {postfix(), sendmail()}) {
        mta_converse(as, R"(
            $ begin
            > O 6 1ff 1fffff
            < O 6 3ff 0
            ! failed: an agreement to actions that were not offered
            ! over
        )");
    }
}

// MP-059, peculiarity D14
TEST(mta_negotiation, steps_outside_the_offer) {
    mta_converse(sendmail(), R"(
        $ begin
        > O 6 1ff 1fffff
        < O 6 0 200000
        ! failed: an agreement to steps that were not offered
        ! over
    )");
    mta_converse(postfix(2), R"(
        $ begin
        > O 2 1ff 7f
        < O 2 0 80
        ! agreed
    )");
}

// MP-060
TEST(mta_negotiation, an_old_filter_is_not_shown_what_it_does_not_know) {
    mta_converse(postfix(), R"(
        $ begin
        > O 6 1ff 1fffff
        < O 3 0 0
        ! agreed
        $ unknown FOOBAR
        > D U
        > U FOOBAR
        < c
        ! U c
        $ mail <a@example.org>
        > D M
        > M <a@example.org>
        < c
        ! M c
        $ rcpt <b@example.org>
        > D R
        > R <b@example.org>
        < c
        ! R c
        $ data => withheld
    )");
    mta_converse(sendmail(), R"(
        $ begin
        > O 6 1ff 1fffff
        < O 2 0 0
        ! agreed
        $ unknown FOOBAR => withheld
    )");
}

// MP-063
TEST(mta_negotiation, each_stage_of_a_list_goes_with_its_command) {
    mta_converse(sendmail(), R"(
        $ macro {0}=a
        $ macro {1}=b
        $ macro {2}=c
        $ macro {3}=d
        $ macro {4}=e
        $ macro {5}=f
        $ macro {6}=g
        $ begin
        > O 6 1ff 1fffff
        < O 6 1ff 0 0:"{0}" 1:"{1}" 2:"{2}" 3:"{3}" 4:"{4}" 5:"{5}" 6:"{6}"
        ! agreed
        $ connect h U
        > D C {0}=a
        > C h U
        < c
        ! C c
        $ helo h
        > D H {1}=b
        > H h
        < c
        ! H c
        $ mail <a>
        > D M {2}=c
        > M <a>
        < c
        ! M c
        $ rcpt <b>
        > D R {3}=d
        > R <b>
        < c
        ! R c
        $ data
        > D T {4}=e
        > T
        < c
        ! T c
        $ eoh
        > D N {6}=g
        > N
        < c
        ! N c
        = body x
        $ eom
        > D E {5}=f
        > E
        < c
        ! E c
    )");
}

// MP-064
TEST(mta_negotiation, a_list_for_an_unknown_stage) {
    mta_converse(postfix(), R"(
        $ macro {x}=1
        $ begin
        > O 6 1ff 1fffff
        < O 6 1ff 0 9:"{y}" 1:"{x}"
        ! agreed
        $ helo h
        > D H {x}=1
        > H h
    )");
    mta_converse(sendmail(), R"(
        $ macro {x}=1
        $ begin
        > O 6 1ff 1fffff
        < O 6 1ff 0 2:"{x}" 9:"{y}" 1:"{x}"
        ! agreed
        $ helo h
        > D H
        > H h
        < c
        ! H c
        $ mail <a>
        > D M {x}=1
        > M <a>
    )");
}

// MP-065
TEST(mta_negotiation, a_list_without_its_end) {
    for (auto const& as : {postfix(), sendmail()}) {
        for (auto const* lists : {R"(\0\0\0\0j)", R"(\0\0\0\0j\0\0\0)", R"(\0)"}) {
            mta_converse(as, std::string(R"(
                $ begin
                > O 6 1ff 1fffff
                < frame O \0\0\0\x06\0\0\x01\xff\0\0\0\0)") +
                                 lists + R"(
                ! failed: a list of macros that does not end
                ! over
            )");
        }
    }
}

// MP-066, peculiarity D9
TEST(mta_negotiation, an_empty_list) {
    mta_converse(postfix(), R"(
        $ macro j=mx
        $ begin
        > O 6 1ff 1fffff
        < O 6 1ff 0 0:""
        ! agreed
        $ connect h U
        > D C j=mx
        > C h U
    )");
    mta_converse(sendmail(), R"(
        $ macro j=mx
        $ begin
        > O 6 1ff 1fffff
        < O 6 1ff 0 0:""
        ! agreed
        $ connect h U
        > C h U
    )");
}

std::string names(int count) {
    std::string list = "j";
    for (int i = 1; i != count; ++i) list += (i % 2 == 0 ? " {n" : ",{n") + std::to_string(i) + '}';
    return list;
}

// MP-067
TEST(mta_negotiation, a_list_of_more_than_50_names) {
    auto const script = [](int count, std::string const& macros) {
        return R"(
            $ macro j=mx
            $ macro {n1}=1
            $ begin
            > O 6 1ff 1fffff
            < O 6 1ff 0 1:")" +
               names(count) + "\"\n! agreed\n$ helo h\n> D H" + macros + "\n> H h\n";
    };
    mta_converse(sendmail(), script(50, " j=mx {n1}=1"));
    mta_converse(sendmail(), script(51, ""));
    mta_converse(postfix(), script(51, " j=mx {n1}=1"));
}

// Peculiarity D8
TEST(mta_negotiation, a_list_for_the_end_alone) {
    auto const* const script = R"(
        $ macro {a}=1
        $ macro {msg_id}=2
        $ begin
        > O 6 1ff 1fffff
        < O 6 1ff 37f 5:"{a}"
        ! agreed
    )";
    std::string const opening(script);
    auto const* const until_end = "$ mail <a> => withheld\n> D M\n$ rcpt <b> => withheld\n> D R\n";
    mta_converse(sendmail(), opening + until_end + "$ data => withheld\n$ eom\n> D E {msg_id}=2\n> E\n");
    mta_converse(postfix(), opening + until_end + "$ data => withheld\n> D T\n$ eom\n> D E {a}=1\n> E\n");
}

}  // namespace
}  // namespace milterproto
