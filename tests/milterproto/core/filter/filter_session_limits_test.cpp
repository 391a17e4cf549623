#include <gtest/gtest.h>

#include <cstring>

#include "milterproto/core/filter/filter_session.hpp"
#include "milterproto/support/conversation.hpp"
#include "milterproto/support/packets.hpp"

/// What one MTA may make a session hold, and how long it may hold up the others (reliability.md 9).
namespace milterproto {
namespace {

using test::converse_agreed;
using test::wanting;

/// A session whose filter lets everything pass.
class limited_session {
public:
    explicit limited_session(core::filter_wishes const& wishes = {}) : session(wishes) {
        feed(packets::offer());
        EXPECT_TRUE(std::holds_alternative<core::need_input>(session.next()));
        session.sent();
    }
    void feed(std::string_view bytes) {
        bytes.copy(session.input(bytes.size()).data(), bytes.size());
        session.received(bytes.size());
    }
    /// Goes on until the session needs something, and returns how many events it showed.
    template <class Needs>
    std::size_t events_until() {
        std::size_t count = 0;
        for (auto event = session.next(); !std::holds_alternative<Needs>(event); event = session.next()) {
            if (std::holds_alternative<core::need_input>(event)) return count;
            if (!std::holds_alternative<core::turn_over>(event)) ++count;
            session.answer(core::answer::proceed);
        }
        return count;
    }

    core::filter_session session;
};

std::string repeated(std::string const& bytes, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i != times; ++i) all += bytes;
    return all;
}

std::string recipient_with(std::size_t strings) {
    return packets::raw('R', "<b@example.org>" + std::string(strings, '\0'));
}

// ---- a turn ----

// MP-276, RS-116
TEST(turn, is_over_after_some_events_and_loses_none) {
    limited_session one;
    one.feed(repeated(packets::mail() + packets::rcpt() + packets::abort(), 100));
    std::size_t shown = 0;
    std::size_t turns = 0;
    while (shown != 300) {
        auto const now = one.events_until<core::turn_over>();
        EXPECT_LE(now, limits::events_in_a_turn);
        ASSERT_NE(now, 0U);
        shown += now;
        ++turns;
        one.session.sent();
    }
    EXPECT_EQ(turns, 300 / limits::events_in_a_turn + 1);
    EXPECT_EQ(one.session.frames(), 301U);
}

// MP-276
TEST(turn, is_over_after_some_commands_that_show_nothing) {
    limited_session one;
    one.feed(repeated(packets::macros('C', {"j", "x"}), 2 * limits::commands_in_a_turn));
    EXPECT_TRUE(std::holds_alternative<core::turn_over>(one.session.next()));
    EXPECT_EQ(one.session.frames(), 1 + limits::commands_in_a_turn);
    EXPECT_TRUE(std::holds_alternative<core::turn_over>(one.session.next()));
    EXPECT_TRUE(std::holds_alternative<core::need_input>(one.session.next()));
}

// MP-276
TEST(turn, is_over_when_there_are_answers_enough_to_read) {
    limited_session one;
    auto const text = "550 5.1.1 " + std::string(900, 'x');
    one.feed(packets::mail() + repeated(packets::rcpt(), 50));
    std::size_t most = 0;
    for (auto event = one.session.next(); !std::holds_alternative<core::need_input>(event);
         event = one.session.next()) {
        most = std::max(most, one.session.output().size());
        if (std::holds_alternative<core::turn_over>(event)) one.session.sent();
        one.session.answer(
            std::holds_alternative<rcpt_event>(event) ? core::answer::reply_code : core::answer::proceed,
            text);
    }
    EXPECT_LT(most, limits::answers + 2 * text.size());
}

// MP-276
TEST(turn, of_a_message_with_its_header_is_one) {
    limited_session one;
    auto message = packets::mail() + packets::rcpt() + packets::data();
    for (int i = 0; i != 40; ++i) message += packets::header("X-Header", "value");
    message += packets::end_of_headers() + packets::body("hi") + packets::end_of_message();
    for (int i = 0; i != 3; ++i) {
        one.feed(message);
        EXPECT_EQ(one.events_until<core::turn_over>(), 46U);
        one.session.sent();
    }
}

// ---- what is held ----

// MP-277, RS-117
TEST(held, a_command_with_too_many_parameters_is_refused_for_now) {
    limited_session one;
    one.feed(packets::mail() + recipient_with(limits::parameters) + recipient_with(limits::parameters + 1) +
             packets::rcpt());
    EXPECT_EQ(one.events_until<core::need_input>(), 3U) << "the recipient with too many is not shown";
    std::string letters;
    for (auto rest = one.session.output(); !rest.empty(); rest.remove_prefix(5)) letters += rest[4];
    EXPECT_EQ(letters, "cctc");
    EXPECT_TRUE(one.session.in_message());

    limited_session other;
    other.feed(packets::raw('M', "<a>" + std::string(limits::parameters + 1, '\0')) + packets::rcpt());
    EXPECT_EQ(other.events_until<core::need_input>(), 0U);
    EXPECT_FALSE(other.session.in_message()) << "the message is decided";
    EXPECT_EQ(other.session.output().size(), 10U) << "both are answered";
}

// MP-277
TEST(held, where_no_refusal_can_be_sent_the_connection_ends) {
    limited_session one(wanting(core::step::no_reply_rcpt | core::step::no_reply_mail));
    one.feed(packets::mail() + recipient_with(limits::parameters + 1));
    EXPECT_TRUE(std::holds_alternative<mail_event>(one.session.next()));
    one.session.answer(core::answer::proceed);
    EXPECT_TRUE(std::holds_alternative<core::abort_event>(one.session.next()));
    EXPECT_EQ(std::get<core::close_event>(one.session.next()).cause, errc::too_many_parameters);
}

// MP-278, RS-117
TEST(held, more_recipients_than_are_kept_are_refused_for_now) {
    limited_session one;
    auto const path = '<' + std::string(1000, 'x') + '>';
    auto const kept = limits::recipients / (sizeof(std::string) + path.size() + 1);
    one.feed(packets::mail() + repeated(packets::rcpt(path), kept + 5));
    std::size_t shown = 0;
    std::size_t refused = 0;
    for (auto event = one.session.next(); !std::holds_alternative<core::need_input>(event);
         event = one.session.next()) {
        if (std::holds_alternative<rcpt_event>(event)) ++shown;
        if (!std::holds_alternative<core::turn_over>(event)) {
            one.session.answer(core::answer::proceed);
            continue;
        }
        for (auto rest = one.session.output(); !rest.empty(); rest.remove_prefix(5))
            refused += rest[4] == 't';
        one.session.sent();
    }
    for (auto rest = one.session.output(); !rest.empty(); rest.remove_prefix(5)) refused += rest[4] == 't';
    EXPECT_EQ(shown, kept);
    EXPECT_EQ(refused, 5U);

    one.feed(packets::abort() + packets::mail() + packets::rcpt(path));
    EXPECT_EQ(one.events_until<core::need_input>(), 3U) << "the next message has room again";
}

// MP-278
TEST(held, recipients_that_the_filter_refuses_take_no_room) {
    limited_session one;
    auto const path = '<' + std::string(1000, 'x') + '>';
    one.feed(packets::mail() + repeated(packets::rcpt(path), 150));
    std::size_t shown = 0;
    for (auto event = one.session.next(); !std::holds_alternative<core::need_input>(event);
         event = one.session.next()) {
        bool const is_recipient = std::holds_alternative<rcpt_event>(event);
        shown += is_recipient;
        if (!std::holds_alternative<core::turn_over>(event))
            one.session.answer(is_recipient ? core::answer::reject : core::answer::proceed);
    }
    EXPECT_EQ(shown, 150U);
}

// RS-015
TEST(held, macros_beyond_the_limits_do_not_end_the_session) {
    limited_session one;
    auto const large = packets::macros('M', {"i", std::string(60'000, 'x')});
    for (char const stage : std::string_view("CHMRTNE")) {
        auto frame = large;
        frame[5] = stage;
        one.feed(frame);
    }
    one.feed(packets::mail());
    EXPECT_EQ(one.events_until<core::need_input>(), 1U);
    EXPECT_EQ(one.session.macros().dropped(), 7U);
    EXPECT_LT(one.session.macros().memory(), 64U);
}

// MP-274, MP-119
TEST(held, macros_before_the_negotiation_are_not_kept) {
    core::filter_session session{core::filter_wishes()};
    auto const early = packets::macros('C', {"j", std::string(1000, 'x')});
    early.copy(session.input(early.size()).data(), early.size());
    session.received(early.size());
    EXPECT_TRUE(std::holds_alternative<core::need_input>(session.next()));
    EXPECT_FALSE(session.macros().find("j"));
    EXPECT_LT(session.macros().memory(), 64U);
}

}  // namespace
}  // namespace milterproto
