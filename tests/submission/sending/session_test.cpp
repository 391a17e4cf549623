#include "sending/session.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "callout/testing/seeded_random.hpp"
#include "submission/support/recorder.hpp"
#include "submission/support/still_clock.hpp"

namespace submission::sending {
namespace {

/// A session with a server that answers everything, by the line.
class Session : public ::testing::Test {
protected:
    void add_recipients(std::size_t count) {
        auto& one = mail.add(message(mailbox::parse("ann@x.example").value(), text_content("hi\r\n")));
        for (std::size_t i = 0; i < count; ++i)
            one.to(mailbox::parse("r" + std::to_string(i) + "@y.example").value());
    }
    void begin(std::string_view keywords) {
        talk.emplace(mail, options, opening(), "mx.example", tell, chance);
        talk->start();
        talk->feed("220 mx.example\r\n");
        talk->written();
        talk->feed("250-mx.example\r\n" + std::string(keywords));
    }
    /// Answers what is outstanding until the session is over. Returns the most that was written without a
    /// reply.
    std::size_t answer_all() {
        std::size_t most = 0;
        std::size_t in_doubt = 0;
        while (true) {
            auto const now = talk->next();
            using kind = action::kind;
            if (now.what == kind::done) return most;
            if (now.what == kind::write) {
                in_doubt += talk->output().size();
                most = std::max(most, in_doubt);
                unread += talk->output();
                talk->written();
            } else if (now.what == kind::measure) {
                talk->measured(4);
            } else if (now.what == kind::fill) {
                talk->filled("hi\r\n");
                talk->content_ended();
            } else {
                EXPECT_FALSE(unread.empty()) << "it waits for a reply to nothing";
                if (unread.empty()) return most;
                auto const line = unread.substr(0, unread.find("\r\n"));
                unread.erase(0, line.size() + 2);
                in_doubt -= std::min(in_doubt, line.size() + 2);
                talk->feed(reply_to(line));
            }
        }
    }
    std::string reply_to(std::string const& line) {
        if (line == "DATA") return "354 go on\r\n";
        if (line == "hi") return {};
        if (line.starts_with("RCPT")) ++asked;
        return "250 ok\r\n";
    }

    batch mail;
    session_options options = [] {
        session_options made;
        made.tls = tls_policy::never;
        return made;
    }();
    testing::still_clock clock;
    callout::testing::seeded_random chance;
    testing::recorder watching;
    notifier tell{&watching, clock};
    std::optional<session> talk;
    std::string unread;
    std::size_t asked = 0;
};

// SE-049: a server that does not read until its replies are read gets no more than the buffers on the way
// hold.
TEST_F(Session, NeverHasMoreUnderWayThanBuffersHold) {
    add_recipients(10'000);
    begin("250 PIPELINING\r\n");
    EXPECT_LE(answer_all(), 10'000u);
    EXPECT_EQ(asked, 10'000u);
    EXPECT_TRUE(mail.messages.front().accepted());
    EXPECT_EQ(mail.messages.front().recipients.back().fate, fate::delivered);
}

// SE-007: one status for each, in their order.
TEST_F(Session, TellsRecipientsInTheirOrder) {
    add_recipients(300);
    begin("250 PIPELINING\r\n");
    answer_all();
    std::size_t next = 0;
    for (std::size_t i = 0; i < 300; ++i) {
        auto const wanted = "rcpt_status 0." + std::to_string(i) + " <r" + std::to_string(i) + "@y.example>";
        next = watching.lines().find(wanted, next);
        ASSERT_NE(next, std::string::npos) << wanted;
    }
}

/// A server with room for one recipient at a time must not make the work grow with the square of their
/// number.
TEST_F(Session, AsksABoundedNumberInVain) {
    add_recipients(500);
    begin("250 PIPELINING\r\n");
    bool has_one = false;
    std::size_t commands = 0;
    std::string said;
    while (true) {
        auto const now = talk->next();
        using kind = action::kind;
        if (now.what == kind::done) break;
        if (now.what == kind::write) {
            said += talk->output();
            talk->written();
        } else if (now.what == kind::measure) {
            talk->measured(4);
        } else if (now.what == kind::fill) {
            talk->filled("hi\r\n");
            talk->content_ended();
        } else {
            auto const line = said.substr(0, said.find("\r\n"));
            said.erase(0, line.size() + 2);
            if (line == "hi") continue;
            ++commands;
            if (line.starts_with("MAIL")) has_one = false;
            bool const is_full =
                line.starts_with("RCPT") && std::exchange(has_one, has_one || line.starts_with("RCPT"));
            talk->feed(is_full ? "452 4.5.3 too many\r\n" : line == "DATA" ? "354 go on\r\n" : "250 ok\r\n");
        }
    }
    for (auto const& one : mail.messages.front().recipients) ASSERT_EQ(one.fate, fate::delivered);
    EXPECT_LE(commands, 500u * 110u);
}

// SE-083, SE-084: a reply without an end costs no memory, and ends the session.
TEST_F(Session, EndsAtAReplyWithoutEnd) {
    add_recipients(1);
    begin("250 SIZE\r\n");
    for (int i = 0; i < 1000 && talk->next().what != action::kind::done; ++i) {
        if (talk->next().what == action::kind::measure) talk->measured(4);
        if (talk->next().what == action::kind::write) talk->written();
        talk->feed("250-and so on\r\n");
    }
    EXPECT_EQ(talk->next().what, action::kind::done);
    EXPECT_EQ(talk->outcome().error, callout::errc::reply_too_many_lines);
    EXPECT_EQ(mail.messages.front().recipients.front().fate, fate::open);
}

TEST_F(Session, EndsAtALineWithoutEnd) {
    add_recipients(1);
    begin("250 SIZE\r\n");
    talk->measured(4);
    talk->written();
    talk->feed(std::string(100'000, '2'));
    EXPECT_EQ(talk->next().what, action::kind::done);
    EXPECT_EQ(talk->outcome().error, callout::errc::reply_line_too_long);
}

/// A secret is in no event.
TEST_F(Session, TellsNoSecret) {
    add_recipients(1);
    watching.tells_commands = true;
    options.login = credentials::password("ann", "open sesame");
    options.login->place = auth_place::anywhere;
    options.login->mechanisms = {auth_mechanism::plain};
    begin("250 AUTH PLAIN\r\n");
    EXPECT_NE(talk->output().find("AUTH PLAIN AGFubgBvcGVuIHNlc2FtZQ=="), std::string_view::npos);
    talk->written();
    talk->feed("235 ok\r\n");
    EXPECT_NE(watching.lines().find("sent AUTH PLAIN ***"), std::string::npos);
    EXPECT_EQ(watching.lines().find("AGFubgBvcGVuIHNlc2FtZQ"), std::string::npos);
    EXPECT_EQ(watching.lines().find("sesame"), std::string::npos);
}

}  // namespace
}  // namespace submission::sending
