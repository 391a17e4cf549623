#include "smtpserver/core/command.hpp"

#include <gtest/gtest.h>

namespace smtpserver {
namespace {

command parsed(std::string_view line) {
    return parse_command(line, path_syntax::strict);
}

struct good_line {
    char const* line;
    smtpserver::verb verb;
    char const* argument;
    std::size_t parameters;
};

// SE-119, SE-128
TEST(Command, ReadsWhatIsWellFormed) {
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
        {"BDAT 5 LAST", verb::bdat, "5 LAST", 0},
        {"QUIT", verb::quit, "", 0},
    };
    for (auto const& one : lines) {
        auto const found = parsed(one.line);
        EXPECT_EQ(found.verb, one.verb) << one.line;
        EXPECT_EQ(found.argument_fault, argument_fault::none) << one.line;
        EXPECT_EQ(found.argument, one.argument) << one.line;
        EXPECT_EQ(found.parameters.size(), one.parameters) << one.line;
        EXPECT_EQ(found.line, one.line);
    }
}

TEST(Command, SeesABadArgument) {
    for (auto const* line :
         {"EHLO", "MAIL", "MAIL FROM:a@b", "MAIL FROM: <a@b>", "MAIL FROM:<a b>", "MAIL TO:<a@b>",
          "RCPT TO:<a@b", "RCPT TO:<a@b>x", "RCPT TO:<<a>>", "DATA now", "QUIT x", "RCPT TO:<\"a>"}) {
        EXPECT_NE(parsed(line).argument_fault, argument_fault::none) << line;
        EXPECT_NE(parsed(line).verb, verb::unknown) << line;
    }
}

TEST(Command, KnowsNoOtherWords) {
    for (auto const* line : {"", " ", "FOO", "MAILFROM:<a@b>", "DATAX", "QUI", "\xff\xfe"}) {
        EXPECT_EQ(parsed(line).verb, verb::unknown) << line;
    }
    EXPECT_EQ(parsed("GET / HTTP/1.1").verb, verb::http);
}

// SE-143
TEST(Command, SeesBytesThatCommandsDoNotHave) {
    EXPECT_EQ(parsed(std::string_view("NOOP a\0b", 8)).line_fault, line_fault::nul);
    EXPECT_EQ(parsed("NOOP a\rb").line_fault, line_fault::bare_cr);
}

}  // namespace
}  // namespace smtpserver
