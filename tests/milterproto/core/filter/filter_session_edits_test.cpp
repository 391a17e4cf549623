#include <gtest/gtest.h>

#include "milterproto/core/filter/filter_session.hpp"
#include "milterproto/support/conversation.hpp"
#include "milterproto/support/packets.hpp"

namespace milterproto::core {
namespace {

/// A session whose filter may do everything, fed by hand.
class message_under_way {
public:
    explicit message_under_way(std::uint32_t steps = step::all, filter_wishes wishes = all_actions())
        : session(std::move(wishes)) {
        feed(packets::offer({6, action::all, steps}));
        EXPECT_TRUE(std::holds_alternative<need_input>(session.next()));
        session.sent();
    }
    static filter_wishes all_actions() {
        filter_wishes wishes;
        wishes.required_actions = action::all & ~action::symbol_lists;
        return wishes;
    }
    void feed(std::string const& bytes) {
        bytes.copy(session.input(bytes.size()).data(), bytes.size());
        session.received(bytes.size());
    }
    /// The event that comes of it, which waits for an answer.
    filter_event ask(std::string const& bytes) {
        feed(bytes);
        return session.next();
    }
    /// Its answer is "continue".
    void pass(std::string const& bytes) {
        ask(bytes);
        session.answer(answer::proceed);
    }
    /// Letters of the frames that wait, which are taken off.
    std::string letters() {
        std::string text;
        frame_reader reader;
        auto const bytes = session.output();
        bytes.copy(reader.prepare(bytes.size() + 1).data(), bytes.size());
        reader.commit(bytes.size());
        session.sent();
        for (auto one = reader.next(); *one; one = reader.next()) text.push_back((*one)->letter);
        return text;
    }

    filter_session session;
};

// MP-232, MP-229
TEST(session_edits, they_precede_the_verdict_and_nothing_follows_it) {
    message_under_way m;
    m.pass(packets::mail());
    m.session.sent();
    ASSERT_TRUE(std::holds_alternative<eom_event>(m.ask(packets::end_of_message())));
    auto& now = m.session.changes();
    EXPECT_TRUE(now.replace_body("x"));
    EXPECT_TRUE(now.add_header("X", "y"));
    EXPECT_TRUE(now.progress());
    m.session.answer(answer::proceed);
    EXPECT_EQ(now.add_header("X", "late").error(), errc::edit_misplaced);
    EXPECT_EQ(now.progress().error(), errc::edit_misplaced);
    EXPECT_EQ(m.letters(), "hpbc");
}

// MP-216, MP-218 to MP-230; the conversation is played on sessions with a past, too
TEST(session_edits, concern_one_message_alone) {
    test::converse_agreed(R"(
        = M <a@example.org>
        > E
        ! eom => a
        + replace_body one
        + add_header X-Added yes
        + insert_header 0 X-Top yes
        + change_header 1 Subject changed
        + remove_header 2 X-Del
        + change_sender <c@example.org>
        + add_recipient <d@example.org>
        + remove_recipient <b@example.org>
        + quarantine why
        + progress
        + replace_body \x20two
        < h X-Added\0yes
        < i \0\0\0\0X-Top\0yes
        < m \0\0\0\x01Subject\0changed
        < m \0\0\0\x02X-Del\0
        < e <c@example.org>
        < + <d@example.org>
        < - <b@example.org>
        < q why
        < p
        < b one two
        < a
        > M <a@example.org>
        ! mail <a@example.org>
        + add_header X-Early yes => an edit at another time than the end of a message, before the verdict
        < c
        = E
    )",
                          message_under_way::all_actions());
}

// MP-231, peculiarity D32
TEST(session_edits, a_quarantine_is_followed_by_a_verdict_even_with_a_text) {
    message_under_way m;
    m.pass(packets::mail());
    m.session.sent();
    m.ask(packets::end_of_message());
    EXPECT_TRUE(m.session.changes().quarantine("why"));
    m.session.answer(answer::reply_code, "550 5.7.1 no");
    EXPECT_EQ(m.letters(), "qy");
}

// MP-216, MP-217
TEST(session_edits, they_are_refused_at_every_other_event) {
    message_under_way m;
    auto const refused = [&] {
        return m.session.changes().add_header("X", "y") == errc::edit_misplaced &&
               m.session.changes().progress() == errc::edit_misplaced;
    };
    EXPECT_TRUE(refused());
    for (auto const& packet : {packets::connect(), packets::helo(), packets::mail(), packets::rcpt(),
                               packets::data(), packets::header("a", "b"), packets::end_of_headers(),
                               packets::body("x"), packets::strings('U', {"FOO"})}) {
        m.ask(packet);
        EXPECT_TRUE(refused()) << packet[4];
        m.session.answer(answer::proceed);
    }
    m.session.sent();
    m.ask(packets::end_of_message());
    EXPECT_FALSE(refused());
}

// The last piece of a body comes with the end of the message, and is not the end.
TEST(session_edits, they_are_refused_while_the_last_chunk_is_shown) {
    message_under_way m;
    m.pass(packets::mail());
    ASSERT_TRUE(std::holds_alternative<body_event>(m.ask(packets::raw('E', "rest"))));
    EXPECT_EQ(m.session.changes().add_header("X", "y").error(), errc::edit_misplaced);
    m.session.answer(answer::proceed);
    ASSERT_TRUE(std::holds_alternative<eom_event>(m.session.next()));
    EXPECT_TRUE(m.session.changes().add_header("X", "y"));
}

// MP-200: a chunk that is not answered decides nothing, wherever it came
TEST(session_edits, a_last_chunk_decides_nothing_where_chunks_are_not_answered) {
    auto wishes = message_under_way::all_actions();
    wishes.wanted_steps = step::no_reply_body;
    message_under_way m(step::all, wishes);
    m.pass(packets::mail());
    m.session.sent();
    ASSERT_TRUE(std::holds_alternative<body_event>(m.ask(packets::raw('E', "rest"))));
    EXPECT_EQ(m.session.answer(answer::accept), answered::suppressed);
    ASSERT_TRUE(std::holds_alternative<eom_event>(m.session.next()));
    m.session.answer(answer::reject);
    EXPECT_EQ(m.letters(), "r");
}

TEST(session_edits, they_are_void_when_the_mta_vanishes) {
    message_under_way m;
    m.pass(packets::mail());
    m.session.sent();
    m.ask(packets::end_of_message());
    m.session.fail(errc::peer_gone);
    m.session.answer(answer::proceed);
    EXPECT_TRUE(std::holds_alternative<close_event>(m.session.next()));  // and no abort: MP-171
    EXPECT_EQ(m.session.changes().add_header("X", "y").error(), errc::edit_misplaced);
}

// MP-202
TEST(session_edits, what_is_no_verdict_ends_the_connection) {
    for (auto const code : {answer::progress, answer::add_header, answer::negotiate, answer::shutdown,
                            answer::conn_fail, static_cast<answer>('?')}) {
        message_under_way m;
        m.ask(packets::mail());
        m.session.sent();
        EXPECT_EQ(m.session.answer(code), answered::refused);
        EXPECT_TRUE(m.session.output().empty());
        EXPECT_TRUE(std::holds_alternative<abort_event>(m.session.next()));
        auto const closed = m.session.next();
        EXPECT_EQ(std::get<close_event>(closed).cause, errc::verdict_malformed);
        EXPECT_TRUE(std::holds_alternative<finished>(m.session.next()));
    }
}

// MP-138: as libmilter has it, for filters that come from there
TEST(session_edits, a_discarded_recipient_may_leave_the_message_open) {
    auto wishes = message_under_way::all_actions();
    wishes.after_discard = discarded_recipient::leaves_message_open;
    message_under_way m(step::all, wishes);
    m.pass(packets::mail());
    m.ask(packets::rcpt());
    m.session.answer(answer::discard);
    EXPECT_TRUE(std::holds_alternative<abort_event>(m.ask(packets::abort())));

    message_under_way usual;
    usual.pass(packets::mail());
    usual.ask(packets::rcpt());
    usual.session.answer(answer::discard);
    EXPECT_TRUE(std::holds_alternative<need_input>(usual.ask(packets::abort())));
}

// ---- what has come after the event that the filter is at ----

TEST(read_ahead, finds_the_end_of_a_message_and_moves_nothing) {
    message_under_way m;
    auto const bytes = packets::mail() + packets::rcpt();
    bytes.copy(m.session.input(1000).data(), bytes.size());
    m.session.received(bytes.size());
    auto const event = m.session.next();
    auto const path = std::get<mail_event>(event).path;
    EXPECT_FALSE(m.session.sees_end());
    auto const end = packets::abort();
    ASSERT_GE(m.session.input_ahead().size(), end.size());
    end.copy(m.session.input_ahead().data(), end.size() - 1);
    m.session.received(end.size() - 1);
    EXPECT_FALSE(m.session.sees_end()) << "half a frame is not a frame";
    m.session.input_ahead().front() = end.back();
    m.session.received(1);
    EXPECT_TRUE(m.session.sees_end());
    EXPECT_EQ(path, "<a@example.org>");
}

}  // namespace
}  // namespace milterproto::core
