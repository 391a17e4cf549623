#include "testmta/smtp/command.hpp"

#include <gtest/gtest.h>

namespace testmta::smtp {
namespace {

struct good_line {
    char const* line;
    smtp::verb verb;
    char const* argument;
    std::size_t parameters;
};

TEST(SmtpCommand, ReadsWhatIsWellFormed) {
    constexpr good_line lines[] = {
        {"EHLO a.example", verb::ehlo, "a.example", 0},
        {"helo  a ", verb::helo, "a", 0},
        {"MAIL FROM:<>", verb::mail, "", 0},
        {"mail from:<a@b> SIZE=5 BODY=8BITMIME", verb::mail, "a@b", 2},
        {"RCPT TO:<\"a b>\"@c>", verb::rcpt, "\"a b>\"@c", 0},
        {"RCPT TO:<\xc3\xbc@b>  ", verb::rcpt, "\xc3\xbc@b", 0},
        {"DATA", verb::data, "", 0},
        {"rset", verb::rset, "", 0},
        {"NOOP what ever", verb::noop, "what ever", 0},
        {"QUIT", verb::quit, "", 0},
    };
    for (auto const& one : lines) {
        auto const found = parse_command(one.line);
        EXPECT_EQ(found.verb, one.verb) << one.line;
        EXPECT_EQ(found.form, form::good) << one.line;
        EXPECT_EQ(found.argument, one.argument) << one.line;
        EXPECT_EQ(found.parameters.size(), one.parameters) << one.line;
        EXPECT_EQ(found.line, one.line);
    }
}

TEST(SmtpCommand, SeesABadArgument) {
    for (auto const* line :
         {"EHLO", "MAIL", "MAIL FROM:a@b", "MAIL FROM: <a@b>", "MAIL FROM:<a b>", "MAIL TO:<a@b>",
          "RCPT TO:<a@b", "RCPT TO:<a@b>x", "RCPT TO:<<a>>", "DATA now", "QUIT x", "RCPT TO:<\"a>"}) {
        EXPECT_EQ(parse_command(line).form, form::bad_argument) << line;
        EXPECT_NE(parse_command(line).verb, verb::unknown) << line;
    }
}

TEST(SmtpCommand, KnowsNoOtherWords) {
    for (auto const* line :
         {"", " ", "FOO", "MAILFROM:<a@b>", "DATAX", "QUI", "GET / HTTP/1.1", "\xff\xfe"}) {
        EXPECT_EQ(parse_command(line).verb, verb::unknown) << line;
    }
}

}  // namespace
}  // namespace testmta::smtp
