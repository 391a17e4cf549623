#include "testmta/smtp/session.hpp"

#include <gtest/gtest.h>

namespace testmta::smtp {
namespace {

/// A server that accepts every command that is in order, and records its reply codes.
class SmtpSession : public ::testing::Test {
protected:
    std::string feed(std::string_view octets) {
        session_.feed(octets);
        std::string codes;
        while (auto const what = session_.next()) {
            auto const objection = session_.objection(*what);
            auto const given =
                objection ? *objection : reply(what->verb == verb::data ? 354 : 250, "", "yes");
            session_.answered(*what, given);
            codes += std::to_string(given.code()) + ' ';
        }
        return codes;
    }

    session session_;
};

TEST_F(SmtpSession, WalksThroughATransaction) {
    EXPECT_EQ(feed("EHLO a\r\nMAIL FROM:<x@y>\r\nRCPT TO:<b>\r\nRCPT TO:<c>\r\nDATA\r\n"),
              "250 250 250 250 354 ");
    EXPECT_EQ(session_.state(), state::data);
    EXPECT_EQ(feed("RCPT TO:<d>\r\n..\r\n.\r\nRSET\r\n"), "250 250 ");
    EXPECT_EQ(session_.state(), state::ready);
}

TEST_F(SmtpSession, RefusesWhatIsOutOfOrder) {
    EXPECT_EQ(feed("MAIL FROM:<>\r\nRCPT TO:<b>\r\nDATA\r\nEHLO a\r\nRCPT TO:<b>\r\nMAIL FROM:<>\r\nMAIL "
                   "FROM:<>\r\nDATA\r\n"),
              "503 503 503 250 503 250 503 503 ");
}

TEST_F(SmtpSession, TakesBytesInAnyPieces) {
    std::string const dialogue = "EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<b>\r\nDATA\r\nhi\r\n.\r\nQUIT\r\n";
    auto const whole = feed(dialogue);
    session_ = session();
    std::string pieces;
    for (auto const octet : dialogue) pieces += feed({&octet, 1});
    EXPECT_EQ(pieces, whole);
    EXPECT_EQ(whole, "250 250 250 354 250 250 ");
}

TEST_F(SmtpSession, AnEmptyMessageEndsAtOnce) {
    EXPECT_EQ(feed("EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<b>\r\nDATA\r\n.\r\n"), "250 250 250 354 250 ");
}

TEST_F(SmtpSession, ALoneLineFeedEndsNoMessage) {
    feed("EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<b>\r\nDATA\r\n");
    EXPECT_EQ(feed("hi\n.\nMAIL FROM:<>\r\n"), "");
    EXPECT_EQ(session_.state(), state::data);
}

TEST_F(SmtpSession, ARefusalChangesNothing) {
    feed("EHLO a\r\n");
    auto const mail = parse_command("MAIL FROM:<a@b>");
    session_.answered(mail, reply(550, "5.7.1", "no"));
    EXPECT_EQ(session_.state(), state::ready);
    session_.answered(mail, reply(250, "", ""));
    EXPECT_EQ(session_.state(), state::mail);
    EXPECT_EQ(session_.sender(), "a@b");
}

TEST_F(SmtpSession, ALineOverTheLimitIsOneMistake) {
    EXPECT_EQ(feed(std::string(3 * session::most_line, 'x')), "");
    EXPECT_EQ(feed("yyy\r\nNOOP\r\n"), "500 250 ");
    EXPECT_EQ(feed("NOOP " + std::string(session::most_line, 'x') + "\r\nNOOP\r\n"), "500 250 ");
}

TEST_F(SmtpSession, ALineOfExactlyTheLimitIsTaken) {
    auto const line = [](std::size_t size) { return "NOOP " + std::string(size - 7, 'x') + "\r\n"; };
    EXPECT_EQ(feed(line(session::most_line)), "250 ");
    EXPECT_EQ(feed(line(session::most_line + 1)), "500 ");
    std::string pieces;
    for (auto const octet : line(session::most_line) + line(session::most_line + 1))
        pieces += feed({&octet, 1});
    EXPECT_EQ(pieces, "250 500 ");
}

TEST_F(SmtpSession, ObjectsToWhatItDoesNotKnow) {
    EXPECT_EQ(feed("FOO\r\nEHLO\r\nAUTH x\r\nQUIT now\r\n\r\n"), "500 501 502 501 500 ");
}

}  // namespace
}  // namespace testmta::smtp
