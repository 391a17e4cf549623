#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "milterproto/core/mta/mta_session.hpp"
#include "milterproto/support/mta_conversation.hpp"

/// What an MTA makes of a filter's answers, good and bad (milter-protocol.md 1.3, 2.3, 6, 7, 8).
namespace milterproto {
namespace {

namespace step = core::step;
using namespace std::chrono_literals;
using namespace std::string_literals;
using core::postfix;
using core::sendmail;
using test::mta_converse_agreed;

core::mta_dialect plain(core::mta_dialect as) {
    as.macros.defaults = {};
    return as;
}

void mail_is_answered(core::mta_dialect const& as, std::string const& rest) {
    mta_converse_agreed(plain(as), "$ mail <a>\n> M <a>\n" + rest);
}

void end_is_answered(core::mta_dialect const& as, std::string const& rest, std::uint32_t steps = 0,
                     std::uint32_t actions = core::action::all) {
    mta_converse_agreed(plain(as), "= mail <a>\n= rcpt <b>\n= data\n$ eom\n> E\n" + rest, steps, actions);
}

// MP-019
TEST(mta_answer, of_length_0) {
    for (auto const& as : {postfix(), sendmail()}) {
        mail_is_answered(as, R"(
            < bytes \0\0\0\0
            ! failed: a frame of length 0
            ! over
        )");
    }
}

// MP-020
TEST(mta_answer, longer_than_any_MTA_bears) {
    for (auto const& as : {postfix(), sendmail()}) {
        mail_is_answered(as, R"(
            < bytes \x80\0\0\x01
            ! failed: a frame longer than agreed
            ! over
        )");
        mail_is_answered(as, R"(
            < bytes \0\x11\0\x02
            ! failed: a frame longer than agreed
            ! over
        )");
    }
    core::mta_session mta(sendmail());
    mta.begin();
    auto const head = "\0\x11\0\x01y"s;  // the cap itself: more is awaited, and not yet held
    std::memcpy(mta.input().data(), head.data(), head.size());
    mta.received(head.size());
    EXPECT_TRUE(std::holds_alternative<core::need_io>(mta.next()));
    EXPECT_LT(mta.input(1).size(), 64u * 1024);
}

// MP-021
TEST(mta_answer, with_bytes_after_a_bare_verdict) {
    for (auto const* letter : {"c", "a", "r", "t", "d", "s"}) {
        mail_is_answered(postfix(), "< "s + letter + R"( x
            ! failed: bytes after a reply that has no payload
            ! over
        )");
    }
    end_is_answered(postfix(), R"(
        < p x
        ! failed: bytes after a reply that has no payload
        ! over
    )");
    for (auto const* letter : {"c", "a", "r", "t", "d"})
        mail_is_answered(sendmail(), "< "s + letter + " x\n! M " + letter + '\n');
    end_is_answered(sendmail(), "< p x\n! progress E\n< c\n! E c\n");
}

// MP-022
TEST(mta_answer, of_an_unknown_letter) {
    for (auto const& as : {postfix(), sendmail()}) {
        for (auto const* letter : {"x", "C", "S", "f", "l"}) {
            mail_is_answered(as, "< "s + letter + R"(
                ! failed: an unknown reply
                ! over
                $ rcpt <b> => withheld
            )");
        }
        mail_is_answered(as, "< O 6 0 0\n! failed: a reply that does not fit its command\n! over\n");
    }
}

TEST(mta_answer, shutdown_is_the_MTAs_own_but_postfix_takes_it) {
    mail_is_answered(sendmail(), "< 4\n! failed: an unknown reply\n! over\n");
    mail_is_answered(postfix(), "< 4\n! M 4\n> A\n$ quit => unanswered\n> Q\n! over\n");
}

TEST(mta_answer, that_nobody_asked_for) {
    for (auto const& as : {postfix(), sendmail()}) {
        mta_converse_agreed(plain(as), R"(
            < c
            ! failed: a reply that nobody asked for
            ! over
        )");
        mta_converse_agreed(plain(as), R"(
            $ helo h => unanswered
            > H h
            < c
            ! failed: a reply that nobody asked for
            ! over
        )",
                            step::no_reply_helo);
    }
}

TEST(mta_answer, that_is_cut_off) {
    mail_is_answered(sendmail(), R"(
        < bytes \0\0\0\x05y
        $ end of file
        ! failed: the connection ended inside a frame
        ! over
    )");
}

// MP-250
TEST(mta_answer, with_a_change_before_the_end) {
    for (auto const& as : {postfix(), sendmail()}) {
        for (auto const* change :
             {"h X\\0y", "i 0 X\\0y", "m 1 X\\0y", "e <x>", "+ <x>", "2 <x>", "- <x>", "b x"}) {
            mail_is_answered(as, "< "s + change + R"(
                ! failed: a reply that does not fit its command
                ! over
            )");
        }
    }
}

// Peculiarity D26
TEST(mta_answer, with_quarantine_before_the_end) {
    mail_is_answered(sendmail(), "< q why\n! failed: a reply that does not fit its command\n! over\n");
    mail_is_answered(postfix(), "< q why\n! change q why\n< c\n! M c\n");
}

// MP-256, peculiarity D25
TEST(mta_answer, with_progress_before_the_end) {
    mail_is_answered(sendmail(), "< p\n! failed: a reply that does not fit its command\n! over\n");
    mail_is_answered(postfix(), "< p\n! progress M\n< p\n! progress M\n< c\n! M c\n");
}

// MP-248
TEST(mta_answer, a_quarantine_is_no_verdict) {
    for (auto const& as : {postfix(), sendmail()}) {
        auto const sequel = as.name == "postfix" ? "> A\n" : "";
        end_is_answered(as, "< q held\n! change q held\n$ quit => too early\n< c\n! E c\n"s + sequel);
    }
}

TEST(mta_answer, changes_are_told_in_order) {
    end_is_answered(sendmail(), R"(
        < p
        ! progress E
        < h X-Added\0yes
        ! change h X-Added yes
        < i 0 X-Top\0first
        ! change i 0 X-Top first
        < m 1 Subject\0
        ! change m 1 Subject
        < e <new@example.org>\0RET=HDRS
        ! change e <new@example.org> RET=HDRS
        < e <>
        ! change e <>
        < + <x@example.org>
        ! change + <x@example.org>
        < 2 <x@example.org>\0NOTIFY=NEVER
        ! change 2 <x@example.org> NOTIFY=NEVER
        < - <b@example.org>
        ! change - <b@example.org>
        < b new\0body
        ! change b new\0body
        < c
        ! E c
    )");
}

TEST(mta_answer, a_change_that_cannot_be_read) {
    for (auto const& as : {postfix(), sendmail()}) {
        for (auto const* change :
             {"frame h X", "frame h X\\0", "frame h X\\0y", "frame i \\0\\0\\0", "frame i",
              "frame m \\0\\0\\0\\x01X\\0", "frame e", "frame e <x>", "frame +", "frame q", "frame - x"}) {
            end_is_answered(as, "< "s + change + "\n! failed: a change that cannot be read\n! over\n");
        }
    }
}

TEST(mta_answer, bytes_after_the_strings_of_a_change) {
    end_is_answered(sendmail(), "< + <x>\\0more\n< e <x>\\0y\\0z\n< c\n! E c\n");
    end_is_answered(postfix(), "< + <x>\\0more\n! failed: a change that cannot be read\n! over\n");
}

// MP-246, peculiarity D22
TEST(mta_answer, a_new_body_in_pieces) {
    for (auto const* between : {"h X\\0y\n! change h X y", "p\n! progress E"}) {
        auto const opening =
            "< b one\n! change b one\n< b two\n! change b two\n< "s + between + "\n< b three\n";
        end_is_answered(sendmail(), opening + "! change b three\n< c\n! E c\n");
        end_is_answered(postfix(), opening + "! failed: a new body that was interrupted\n! over\n");
    }
}

// MP-247
TEST(mta_answer, changes_that_were_not_agreed) {
    auto const* const others = R"(
        < h X\0y
        ! change h X y
        < m 1 X\0y
        ! change m 1 X y
        < i 0 X\0y
        ! change i 0 X y
        < e <x>
        ! change e <x>
        < + <x>
        ! change + <x>
        < - <x>
        ! change - <x>
        < q x
        ! change q x
    )";
    end_is_answered(sendmail(), others + "< b x\n< c\n! E t\n"s, 0, 0);
    end_is_answered(sendmail(), others + "< c\n! E c\n"s, 0, 0);
    end_is_answered(sendmail(), "< b x\n< r\n! E r\n", 0, 0);
    end_is_answered(postfix(), others + "< b x\n! change b x\n< c\n! E c\n> A\n"s, 0, 0);
}

// MP-205, peculiarity D19
TEST(mta_answer, percent_signs_in_a_text) {
    mail_is_answered(sendmail(), "< y 550 5.7.1 100%% spam\n! M y 550 5.7.1 100% spam\n");
    mail_is_answered(sendmail(), "< y 550 5.7.1 100%% spam %s\n! M r\n");
    mail_is_answered(sendmail(), "< y 451 4.7.1 %\n! M r\n");
    mail_is_answered(postfix(), "< y 550 5.7.1 100%% spam %s%\n! M y 550 5.7.1 100% spam s\n> A\n");
}

// MP-206
TEST(mta_answer, texts_without_a_proper_code) {
    for (auto const* text : {"250 2.0.0 ok", "350 go", "650 what", "55", "5x0 no", ""}) {
        mail_is_answered(sendmail(), "< y "s + text + "\n! M r\n");
        mail_is_answered(
            postfix(),
            "< y "s + text + "\n! failed: a reply that no MTA would take\n! over\n$ rcpt <b> => withheld\n");
    }
    for (auto const* text : {"frame y 550 no", "frame y 550\\0no\\0", "frame y"}) {
        mail_is_answered(sendmail(), "< "s + text + "\n! M r\n");
        mail_is_answered(postfix(), "< "s + text + "\n! failed: a reply that no MTA would take\n! over\n");
    }
    mail_is_answered(sendmail(), "< y 550\n! M y 550\n");
    mail_is_answered(postfix(), "< y 550\n! failed: a reply that no MTA would take\n! over\n");
}

// MP-207, peculiarity D21
TEST(mta_answer, codes_of_two_classes) {
    mail_is_answered(sendmail(), "< y 550 4.7.1 no\n! M y 550 4.7.1 no\n");
    mail_is_answered(postfix(), "< y 550 4.7.1 no\n! failed: a reply that no MTA would take\n! over\n");
    mail_is_answered(
        postfix(), "< y 550-5.7.1 no\\r\\n550 4.7.1 no\n! failed: a reply that no MTA would take\n! over\n");
    mail_is_answered(postfix(),
                     "< y 550-5.7.1 no\\r\\n550 5.7.1 no\n! M y 550-5.7.1 no\\r\\n550 5.7.1 no\n> A\n");
}

// MP-213, peculiarity D23
TEST(mta_skip, before_the_content_parks_a_filter_of_sendmail) {
    for (auto const* said : {"mail <a>\n> M <a>\n< s\n! M s", "helo h\n> H h\n< s\n! H s"}) {
        mta_converse_agreed(plain(sendmail()), "$ "s + said + R"(
            $ rcpt <b> => withheld
            $ reset => withheld
            $ mail <c> => withheld
            $ helo h => withheld
            $ quit => unanswered
            > Q
            ! over
        )");
    }
    mta_converse_agreed(plain(sendmail()), R"(
        = mail <a>
        $ rcpt <b>
        > R <b>
        < s
        ! R s
        $ rcpt <c> => withheld
        $ reset => withheld
        $ mail <c> => withheld
    )");
}

// Peculiarity D23
TEST(mta_skip, silences_the_command_in_postfix_until_another_comes) {
    mta_converse_agreed(plain(postfix()), R"(
        = mail <a>
        $ rcpt <b>
        > R <b>
        < s
        ! R s
        $ rcpt <c> => withheld
        = data
        $ header A x
        > L A x
        < s
        ! L s
        $ header B x => withheld
        = eoh
        $ eom
        > E
        < c
        ! E c
        > A
        = mail <a>
        = rcpt <b>
        = rcpt <c>
    )");
}

// D23; the end of a message is not a command, so Postfix stays silent about the next sender, too
TEST(mta_skip, silences_the_sender_in_postfix_even_after_a_reset) {
    mta_converse_agreed(plain(postfix()), R"(
        $ mail <a>
        > M <a>
        < s
        ! M s
        $ reset => unanswered
        > A
        $ mail <b> => withheld
        $ rcpt <c>
        > R <c>
        < c
        ! R c
        $ reset => unanswered
        > A
        $ mail <d>
        > M <d>
        < c
        ! M c
    )");
}

TEST(mta_skip, a_refused_recipient_that_is_not_shown_leaves_no_macros_behind) {
    mta_converse_agreed(plain(postfix()), R"(
        = mail <a>
        $ rcpt <b>
        > R <b>
        < s
        ! R s
        $ refused 5.7.1|no <c> => withheld
        = data
        $ eom
        > E
        < c
        ! E c
        > A
        = mail <a>
        = rcpt <b>
    )",
                        step::rejected_recipients);
}

// Peculiarity D23
TEST(mta_skip, at_a_header_ends_the_body_in_sendmail) {
    mta_converse_agreed(plain(sendmail()), R"(
        = mail <a>
        = rcpt <b>
        = data
        $ field A:x
        $ field B:x
        $ text body
        $ content
        > L A x
        < s
        > L B x
        < c
        > N
        < c
        > E
        < c
        ! E c
    )");
}

TEST(mta_skip, at_the_end_is_an_error) {
    for (auto const& as : {postfix(), sendmail()})
        end_is_answered(as, "< s\n! failed: a reply that does not fit its command\n! over\n");
}

/// A session that waits for the answer to E, since `start`.
class waiting_session {
public:
    explicit waiting_session(core::mta_dialect const& as) : mta(as) {
        mta.at(core::mta_clock::time_point(start));
        mta.begin();
        answer("\0\0\0\x0dO\0\0\0\x06\0\0\0\0\0\x0f\xf0\x80"s);
        mta.mail("<a>");
        mta.rcpt("<b>");
        mta.data();
    }
    void answer(std::string const& bytes) {
        mta.sent(mta.output().size());
        std::memcpy(mta.input(bytes.size()).data(), bytes.data(), bytes.size());
        mta.received(bytes.size());
        event = mta.next();
    }
    void after(std::chrono::seconds time) {
        mta.at(core::mta_clock::time_point(start + time));
        event = mta.next();
    }
    boost::system::error_code failure() const {
        auto const* failed = std::get_if<core::filter_failed>(&event);
        return failed != nullptr ? failed->why : boost::system::error_code();
    }
    std::optional<std::chrono::seconds> due_after() const {
        auto const until = mta.due_until();
        if (!until) return std::nullopt;
        return std::chrono::duration_cast<std::chrono::seconds>(until->time_since_epoch()) - start;
    }

    static constexpr auto start = 1000s;
    core::mta_session mta;
    core::mta_event event;
};

auto const progress = "\0\0\0\x01p"s;

// MP-254
TEST(mta_time, sendmail_waits_for_each_packet_and_for_the_whole) {
    waiting_session one(sendmail());
    EXPECT_EQ(one.due_after(), std::nullopt);
    one.mta.end_of_message();
    EXPECT_EQ(one.due_after(), 10s);
    one.after(9s);
    EXPECT_FALSE(one.failure());
    one.answer(progress);
    EXPECT_EQ(one.due_after(), 19s);
    for (auto at = 18s; at <= 297s; at += 9s) {
        one.after(at);
        ASSERT_FALSE(one.failure()) << at.count();
        one.answer(progress);
    }
    EXPECT_EQ(one.due_after(), 300s);
    one.after(300s);
    EXPECT_EQ(one.failure(), errc::end_of_message_timeout);

    waiting_session silent(sendmail());
    silent.mta.end_of_message();
    silent.after(10s);
    EXPECT_EQ(silent.failure(), errc::reply_timeout);
    EXPECT_TRUE(silent.mta.over());
    EXPECT_TRUE(silent.mta.output().empty());
    EXPECT_EQ(silent.due_after(), std::nullopt);
}

// MP-255
TEST(mta_time, postfix_waits_for_each_packet_only) {
    waiting_session one(postfix());
    one.mta.end_of_message();
    for (auto at = 299s; at < 3000s; at += 299s) {
        one.after(at);
        ASSERT_FALSE(one.failure()) << at.count();
        one.answer(progress);
        EXPECT_EQ(one.due_after(), at + 300s);
    }
    one.after(3600s);
    EXPECT_EQ(one.failure(), errc::reply_timeout);
}

TEST(mta_time, commands_have_less_of_it_than_content) {
    core::mta_session mta(postfix());
    EXPECT_FALSE(mta.due());
    mta.begin();
    EXPECT_EQ(mta.due()->packet, 30s);
    EXPECT_EQ(mta.due()->in_all, std::nullopt);
    EXPECT_EQ(postfix().timeouts.connect, 30s);
    EXPECT_EQ(sendmail().timeouts.connect, 300s);
    EXPECT_EQ(sendmail().timeouts.write, 10s);
}

}  // namespace
}  // namespace milterproto
