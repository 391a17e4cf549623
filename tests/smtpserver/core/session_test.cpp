#include "smtpserver/core/session.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "smtpserver/support/played_server.hpp"

namespace smtpserver {
namespace {

using testing::played_server;

std::shared_ptr<session_options const> usual() {
    auto made = session_options();
    made.limits.errors = 1000;
    made.limits.errors_in_haste = 1000;
    return std::make_shared<session_options const>(made);
}

constexpr std::string_view to_data = "EHLO c\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>\r\nDATA\r\n";

// SE-155: what XCLIENT says is what the application reads.
TEST(Session, KnowsWhatAProxySays) {
    session one(usual(), connection(), xclient_use::allowed);
    (void)one.next({});
    one.feed("XCLIENT ADDR=IPV6:2001:db8::7 PORT=4711 NAME=c.example LOGIN=joe HELO=h.example\r\n");
    (void)one.next({});
    EXPECT_EQ(one.facts().client.address, boost::asio::ip::make_address("2001:db8::7"));
    EXPECT_EQ(one.facts().client.port, 4711);
    EXPECT_EQ(one.facts().client.name, "c.example");
    EXPECT_EQ(one.facts().user, "joe");
    EXPECT_TRUE(one.facts().is_told_by_xclient);
}

// SE-155: a bad attribute changes nothing.
TEST(Session, ForgetsAnXclientThatItRefuses) {
    session one(usual(), connection(), xclient_use::allowed);
    (void)one.next({});
    one.feed("XCLIENT ADDR=192.0.2.9 PORT=x\r\n");
    (void)one.next({});
    EXPECT_FALSE(one.facts().client.address);
    EXPECT_FALSE(one.facts().is_told_by_xclient);
}

// SE-152, SE-153: RFC 3207 4.2.
TEST(Session, ForgetsWhatWasSaidBeforeTls) {
    session_options options;
    options.tls = tls_offer::starttls;
    session one(std::make_shared<session_options const>(options), connection(), xclient_use::refused);
    (void)one.next({});
    one.feed("EHLO c\r\nSTARTTLS\r\nMAIL FROM:<injected@x.example>\r\n");
    EXPECT_TRUE(std::holds_alternative<action::start_tls>(one.next({})));
    EXPECT_EQ(one.facts().hello, "c");
    one.secured({"TLSv1.3", "some cipher"});
    EXPECT_EQ(one.facts().hello, "");
    EXPECT_EQ(one.facts().tls->version, "TLSv1.3");
    EXPECT_TRUE(std::holds_alternative<action::read>(one.next({})));
    EXPECT_EQ(one.transaction().mail.path, path());
}

// SE-145: pipelined commands are answered in their order before anything is awaited.
TEST(Session, AnswersABatchBeforeItWaits) {
    played_server one(usual(), xclient_use::refused);
    one.happen("begin");
    (void)one.take_record();
    one.feed("HELO c\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>\r\nRSET\r\nNO");
    EXPECT_EQ(one.take_record(),
              "< 250 localhost\n"
              "* mail <a@x.example>\n"
              "< 250 2.1.0 Sender accepted\n"
              "* rcpt <b@y.example>\n"
              "< 250 2.1.5 Recipient accepted\n"
              "< 250 2.0.0 OK\n"
              "* abandoned: reset <a@x.example> to 1\n");
}

// SE-144
TEST(Session, AnswersWhatFollowsAMessageInOneSegment) {
    played_server one(usual(), xclient_use::refused);
    one.happen("begin");
    one.feed(std::string(to_data) + "hi\r\n.\r\nNOOP\r\nQUIT\r\n");
    auto const record = one.take_record();
    EXPECT_NE(record.find("hi\\r\\n\n< 250 2.0.0 OK\n< 250 2.0.0 OK\n< 221 2.0.0 Bye\n* close\n"),
              record.npos)
        << record;
}

/// Feeds the same bytes again and again, as a client would that never ends.
void flood(played_server& one, std::string_view octets, std::size_t size) {
    for (std::size_t sent = 0; sent < size && !one.is_closed(); sent += octets.size()) {
        one.feed(octets);
        ASSERT_GT(one.machine().room(), 0U);
        ASSERT_LE(one.machine().output().size(), limits::output);
    }
}

constexpr std::size_t a_gibibyte = 1024 * 1024 * 1024;

// SE-142: the memory of a session is what it has not read, what it has not written, and one piece.
TEST(Session, HoldsNoCommandThatNeverEnds) {
    played_server one(usual(), xclient_use::refused);
    one.be_brief();
    one.happen("begin");
    flood(one, std::string(16 * 1024, 'x'), a_gibibyte);
    EXPECT_EQ(one.machine().room(), limits::input);
    one.feed("\r\nNOOP\r\n");
    auto const record = one.take_record();
    EXPECT_NE(record.find("< 500 5.5.2 The line is too long\n< 250 2.0.0 OK\n"), record.npos) << record;
}

// SE-142
TEST(Session, HoldsNoMessage) {
    played_server one(usual(), xclient_use::refused);
    one.be_brief();
    one.happen("begin");
    one.feed(to_data);
    flood(one, std::string(16 * 1024, 'x'), a_gibibyte);
    EXPECT_LE(one.largest_piece(), 16U * 1024);
    EXPECT_TRUE(one.is_closed());
    auto const record = one.take_record();
    EXPECT_NE(record.find("421 4.7.0"), record.npos) << record;
}

// SE-125: a hundred thousand recipients are answered, and few are kept.
TEST(Session, HoldsNoMoreRecipientsThanAllowed) {
    played_server one(usual(), xclient_use::refused);
    one.happen("begin");
    one.feed("EHLO c\r\nMAIL FROM:<a@x.example>\r\n");
    std::string batch;
    for (int i = 0; i < 100; ++i) batch += "RCPT TO:<b@y.example>\r\n";
    for (int i = 0; i < 1000 && !one.is_closed(); ++i) one.feed(batch);
    EXPECT_TRUE(one.is_closed());
    EXPECT_LE(one.machine().transaction().recipients.size(), 1000U);
}

// Options that allow long lines must not leave a session without room for their end.
TEST(Session, HasRoomForTheLinesThatItAllows) {
    session_options options;
    options.limits.line = 4 * limits::input;
    session one(std::make_shared<session_options const>(options), connection(), xclient_use::refused);
    (void)one.next({});
    std::size_t sent = 0;
    while (sent < 3 * limits::input) {
        auto const room = one.room();
        ASSERT_GT(room, 0U);
        one.feed(std::string(room, 'x'));
        sent += room;
        ASSERT_TRUE(std::holds_alternative<action::read>(one.next({})));
    }
    one.written(one.output().size());
    one.feed("\r\n");
    (void)one.next({});
    EXPECT_EQ(one.output(), "500 5.5.2 This is not a command\r\n");
}

/// Gives the answers of an application one by one.
class AskedSession : public ::testing::Test {
protected:
    void SetUp() override {
        (void)one_.next({});
        one_.feed(to_data.substr(0, to_data.size() - 6));
        (void)one_.next({});  // MAIL
    }
    std::string output() {
        std::string const said(one_.output());
        one_.written(said.size());
        return said;
    }

    session one_{usual(), connection(), xclient_use::refused};
};

// SE-102, SE-162
TEST_F(AskedSession, SendsWhatTheApplicationAnswers) {
    (void)output();
    one_.answer({550, "5.7.1 no\r\n250 yes"});
    (void)one_.next({});
    EXPECT_EQ(output(), "550-5.7.1 no\r\n550 5.7.1 250 yes\r\n503 5.5.1 RCPT comes after MAIL\r\n");
}

TEST_F(AskedSession, ClosesWhenTheApplicationSaysSo) {
    (void)output();
    one_.answer(reply(550, "5.7.1 go away").then_close());
    EXPECT_TRUE(std::holds_alternative<action::close>(one_.next({})));
    EXPECT_EQ(output(), "550 5.7.1 go away\r\n");
}

TEST_F(AskedSession, GivesAMissingAnswerItself) {
    one_.answer(250);
    (void)one_.next({});  // RCPT
    one_.answer(250);
    one_.feed("DATA\r\n.\r\n");
    ASSERT_TRUE(std::holds_alternative<action::ask_message>(one_.next({})));
    (void)output();
    one_.answer_each({});
    EXPECT_EQ(output(), "451 4.3.0 Internal error, please try again later\r\n");
    EXPECT_FALSE(one_.is_in_transaction());
}

}  // namespace
}  // namespace smtpserver
