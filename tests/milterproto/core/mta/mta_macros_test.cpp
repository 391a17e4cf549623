#include "milterproto/core/mta/mta_macros.hpp"

#include <gtest/gtest.h>

#include "milterproto/support/mta_conversation.hpp"

/// What goes with which command, by whose wish (milter-protocol.md 4).
namespace milterproto {
namespace {

namespace step = core::step;
using core::postfix;
using core::sendmail;
using test::mta_converse;
using test::mta_converse_agreed;

// MP-093
TEST(mta_macros, they_precede_their_command_immediately) {
    mta_converse_agreed(postfix(), R"(
        $ macro j=mx.example.org
        $ connect h U
        > D C j=mx.example.org
        > C h U
        < c
        ! C c
        $ unknown FOOBAR
        > D U
        > U FOOBAR
    )");
}

// MP-120
TEST(mta_macros, undefined_is_omitted_and_empty_is_sent) {
    mta_converse_agreed(sendmail(), R"(
        $ macro {mail_host}=
        $ macro {mail_addr}=a@example.org
        $ mail <a@example.org>
        > D M {mail_host}= {mail_addr}=a@example.org
        > M <a@example.org>
        < c
        ! M c
        $ reset => unanswered
        > A
        $ forget {mail_host}
        $ mail <a@example.org>
        > D M {mail_addr}=a@example.org
        > M <a@example.org>
    )");
}

// MP-023, MP-121
TEST(mta_macros, none_for_a_greeting_without_TLS) {
    for (auto const& as : {postfix(), sendmail()}) {
        core::mta_macros macros(as.macros);
        std::string out;
        macros.append(out, core::command::helo);
        EXPECT_EQ(out, std::string("\0\0\0\x02"
                                   "DH",
                                   6));
    }
}

TEST(mta_macros, a_single_letter_has_two_spellings) {
    core::mta_macros macros(sendmail().macros);
    macros.set("{j}", "mx");
    EXPECT_EQ(macros.find("j"), "mx");
    EXPECT_EQ(macros.find("{j}"), "mx");
    macros.unset("j");
    EXPECT_EQ(macros.find("j"), std::nullopt);
    macros.set("{mail_addr}", "a");
    EXPECT_EQ(macros.find("mail_addr"), std::nullopt);
}

// MP-068
TEST(mta_macros, go_with_a_command_that_is_declined) {
    for (auto const& as : {postfix(), sendmail()}) {
        std::string const of_data = as.name == "postfix" ? "> D T\n" : "";
        mta_converse_agreed(as, R"(
            $ connect h U => withheld
            > D C
            $ helo h => withheld
            > D H
            $ mail <a@example.org> => withheld
            > D M
            $ rcpt <b@example.org> => withheld
            > D R
            $ data => withheld
            )" + of_data + R"(
            $ header Subject x => withheld
            $ eoh => withheld
            $ body x => withheld
            $ eom
            > D E
            > E
        )",
                            0x37f);
    }
}

// MP-122, peculiarity D7
TEST(mta_macros, postfix_repeats_the_lists_of_the_content) {
    mta_converse(postfix(), R"(
        $ macro {h}=1
        $ macro {e}=2
        $ begin
        > O 6 1ff 1fffff
        < O 6 1ff f 6:"{h}" 5:"{e}"
        ! agreed
        $ mail <a@example.org> => withheld
        > D M
        $ rcpt <b@example.org> => withheld
        > D R
        $ data
        > D T
        > T
    )");
    auto const opening = std::string(R"(
        $ macro {h}=1
        $ macro {e}=2
        $ begin
        > O 6 1ff 1fffff
        < O 6 1ff 20f 6:"{h}" 5:"{e}"
        ! agreed
        $ mail <a@example.org> => withheld
        > D M
        $ rcpt <b@example.org> => withheld
        > D R
    )");
    mta_converse(postfix(), opening + R"(
        $ data => withheld
        > D T
        $ header X y
        > D L {h}=1
        > L X y
        < c
        ! L c
        $ eoh
        > D N {h}=1
        > N
        < c
        ! N c
        $ body x
        > D B {e}=2
        > B x
        < c
        ! B c
        $ eom
        > D E {e}=2
        > E
    )");
}

// MP-123
TEST(mta_macros, sendmail_sends_none_with_data_content_and_unknown_commands) {
    mta_converse_agreed(sendmail(), R"(
        $ macro i=4711
        = unknown FOOBAR
        $ mail <a@example.org>
        > D M i=4711
        > M <a@example.org>
        < c
        ! M c
        $ rcpt <b@example.org>
        > D R
        > R <b@example.org>
        < c
        ! R c
        = data
        = header Subject x
        = eoh
        = body x
        $ eom
        > D E
        > E
    )");
}

// MP-124, peculiarity D10
TEST(mta_macros, postfix_has_a_queue_id_from_the_second_recipient) {
    mta_converse_agreed(postfix(), R"(
        $ id 3F191A7C56E
        $ mail <a@example.org>
        > D M
        > M <a@example.org>
        < c
        ! M c
        $ rcpt <b@example.org>
        > D R
        > R <b@example.org>
        < r
        ! R r
        $ rcpt <c@example.org>
        > D R
        > R <c@example.org>
        < c
        ! R c
        $ rcpt <d@example.org>
        > D R i=3F191A7C56E
        > R <d@example.org>
        < c
        ! R c
        $ data
        > D T i=3F191A7C56E
        > T
        < c
        ! T c
        $ reset => unanswered
        > A
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
        $ id 4F191A7C56E
        $ data
        > D T i=4F191A7C56E
        > T
    )");
}

// MP-125, peculiarity D10
TEST(mta_macros, sendmail_has_a_queue_id_from_the_sender) {
    mta_converse_agreed(sendmail(), R"(
        $ id 6AMENCoP026880
        $ connect h U
        > D C
        > C h U
        < c
        ! C c
        $ mail <a@example.org>
        > D M i=6AMENCoP026880
        > M <a@example.org>
    )");
}

TEST(mta_macros, what_is_set_for_once_replaces_and_adds) {
    core::mta_macros macros(sendmail().macros);
    macros.set("{rcpt_addr}", "b");
    macros.set("{rcpt_host}", "h");
    macros.set_once(core::command::rcpt, "{rcpt_addr}", "text");
    macros.set_once(core::command::rcpt, "{x}", "y");
    std::string out;
    macros.append(out, core::command::rcpt);
    using namespace std::string_literals;
    EXPECT_EQ(out.substr(4), "DR{rcpt_host}\0h\0{rcpt_addr}\0text\0{x}\0y\0"s);
    out.clear();
    macros.append(out, core::command::rcpt);
    EXPECT_EQ(out.substr(4), "DR{rcpt_host}\0h\0{rcpt_addr}\0b\0"s);
    out.clear();
    macros.set_once(core::command::data, "{x}", "y");  // sent even where there is no list
    macros.append(out, core::command::data);
    EXPECT_EQ(out.substr(4), "DT{x}\0y\0"s);
}

}  // namespace
}  // namespace milterproto
