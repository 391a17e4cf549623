#include "testmta/smtp/reply.hpp"

#include <gtest/gtest.h>

namespace testmta::smtp {
namespace {

TEST(SmtpReply, IsOneReplyWhateverItsText) {
    EXPECT_EQ(reply(250, "2.1.0", "ok").encode(), "250 2.1.0 ok\r\n");
    EXPECT_EQ(reply(250, "", "a\nB 1\nC").encode(), "250-a\r\n250-B 1\r\n250 C\r\n");
    EXPECT_EQ(reply(550, "5.1.1", "a\r\n250 ok").encode(), "550-5.1.1 a?\r\n550 5.1.1 250 ok\r\n");
    EXPECT_EQ(reply(220, "", "").encode(), "220 \r\n");
}

TEST(SmtpReply, Repeats) {
    reply greeting(220, "", "hi");
    greeting.repeat(3);
    EXPECT_EQ(greeting.encode(), "220-hi\r\n220-hi\r\n220 hi\r\n");
    EXPECT_EQ(greeting.size(), greeting.encode().size());
    reply two_lines(220, "", "a\nb");
    EXPECT_EQ(two_lines.size(), two_lines.encode().size());
    two_lines.repeat(2);
    EXPECT_EQ(two_lines.encode(), "220-a\r\n220 a\r\n");
}

}  // namespace
}  // namespace testmta::smtp
