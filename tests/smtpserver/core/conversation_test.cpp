#include "smtpserver/core/conversation.hpp"

#include <gtest/gtest.h>

namespace smtpserver {
namespace {

/// Accepts every command that is in order, and records reply codes and the bytes of messages.
class BareConversation : public ::testing::Test {
protected:
    std::string feed(std::string_view octets) {
        one_.feed(octets);
        std::string codes;
        while (std::visit([&](auto const& token) { return take(token, codes); }, one_.next())) {
        }
        return codes;
    }
    bool take(conversation::starving, std::string&) { return false; }
    bool take(conversation::piece part, std::string&) {
        content_ += part.octets;
        return true;
    }
    bool take(conversation::end_of_chunk, std::string& codes) {
        codes += "chunk ";
        return true;
    }
    bool take(command const& what, std::string& codes) {
        auto const objection = one_.objection(what);
        auto const given = objection ? *objection : reply(what.verb == verb::data ? 354 : 250);
        one_.answered(what, given);
        codes += std::to_string(given.code()) + ' ';
        return true;
    }

    conversation one_;
    std::string content_;
};

TEST_F(BareConversation, WalksThroughATransaction) {
    EXPECT_EQ(feed("EHLO a\r\nMAIL FROM:<x@y>\r\nRCPT TO:<b>\r\nRCPT TO:<c>\r\nDATA\r\n"),
              "250 250 250 250 354 ");
    EXPECT_TRUE(one_.is_in_content());
    EXPECT_EQ(feed("RCPT TO:<d>\r\n..\r\n.\r\nRSET\r\n"), "250 250 ");
    EXPECT_EQ(content_, "RCPT TO:<d>\r\n.\r\n");
    EXPECT_EQ(one_.stage(), stage::ready);
}

TEST_F(BareConversation, CutsChunks) {
    EXPECT_EQ(feed("EHLO a\r\nMAIL FROM:<x@y>\r\nRCPT TO:<b>\r\nBDAT 3\r\na\r\nBDAT 2 LAST\r\n\r\nNOOP\r\n"),
              "250 250 250 250 chunk 250 250 250 ");
    EXPECT_EQ(content_, "a\r\n\r\n");
}

TEST_F(BareConversation, RefusesWhatIsOutOfOrder) {
    EXPECT_EQ(feed("MAIL FROM:<>\r\nRCPT TO:<b>\r\nDATA\r\nEHLO a\r\nRCPT TO:<b>\r\nMAIL FROM:<>\r\nMAIL "
                   "FROM:<>\r\nDATA\r\n"),
              "503 503 503 250 503 250 503 503 ");
}

TEST_F(BareConversation, ARefusalChangesNothing) {
    feed("EHLO a\r\n");
    auto const mail = parse_command("MAIL FROM:<a@b>", path_syntax::strict);
    one_.answered(mail, {550, "5.7.1 no"});
    EXPECT_EQ(one_.stage(), stage::ready);
    one_.answered(mail, 250);
    EXPECT_EQ(one_.stage(), stage::mail);
}

TEST_F(BareConversation, ALineOverTheLimitIsOneMistake) {
    constexpr std::size_t most = 2048;
    EXPECT_EQ(feed(std::string(3 * most, 'x')), "");
    EXPECT_EQ(feed("yyy\r\nNOOP\r\n"), "500 250 ");
    EXPECT_EQ(feed("NOOP " + std::string(most, 'x') + "\r\nNOOP\r\n"), "500 250 ");
}

// SE-141
TEST_F(BareConversation, ALineOfExactlyTheLimitIsTaken) {
    constexpr std::size_t most = 2048;
    auto const line = [](std::size_t size) { return "NOOP " + std::string(size - 7, 'x') + "\r\n"; };
    EXPECT_EQ(feed(line(most)), "250 ");
    EXPECT_EQ(feed(line(most + 1)), "500 ");
    std::string pieces;
    for (auto const octet : line(most) + line(most + 1)) pieces += feed({&octet, 1});
    EXPECT_EQ(pieces, "250 500 ");
}

TEST_F(BareConversation, ObjectsToWhatItDoesNotKnow) {
    EXPECT_EQ(feed("FOO\r\nEHLO\r\nQUIT now\r\n\r\nEXPN x\r\n"), "500 501 501 500 502 ");
}

// Where chunks are switched off no bytes follow a BDAT.
TEST_F(BareConversation, HasNoChunksWhereTheyAreOff) {
    reading_options how;
    how.chunks = reading_options::chunking::off;
    one_ = conversation(how);
    EXPECT_EQ(feed("BDAT 6\r\nNOOP\r\n"), "502 250 ");
}

}  // namespace
}  // namespace smtpserver
