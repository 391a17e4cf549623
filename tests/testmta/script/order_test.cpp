#include "script/order.hpp"

#include <gtest/gtest.h>

#include "parse_script.hpp"

namespace testmta::run {
namespace {

std::string const hello = "connect h unknown\nhelo h\n";
std::string const envelope = hello + "mail <a>\nrcpt <b>\n";

TEST(Order, AConformingConversationPasses) {
    EXPECT_EQ(
        mistake_in_test(envelope +
                        "data\nheader a b\neoh\nbody x\neom\nmail <a>\nabort\nhelo h\nquit\nopen\n" + hello),
        "");
    EXPECT_EQ(mistake_in_test("open\nnegotiate\nunknown x\nquit\n"), "");  // TM-047
    EXPECT_EQ(mistake_in_test(hello + "helo h\nhelo h\n"), "");            // TM-036
}

TEST(Order, TM_024_TheMissingStepIsNamed) {
    std::pair<char const*, char const*> const cases[] = {
        {"helo h\n", "after \"connect\""},  {"mail <a>\n", "after \"connect\""},
        {"rcpt <a>\n", "after \"mail\""},   {"data\n", "after \"rcpt\""},
        {"header a b\n", "after \"data\""}, {"body x\n", "after \"eoh\""},
        {"eom\n", "after \"eoh\""},
    };
    for (auto const& [line, missing] : cases) {
        EXPECT_EQ(
            mistake_in_test(line).find("2:1: this step is out of order; expected it " + std::string(missing)),
            0u)
            << line;
    }
}

TEST(Order, TM_024_ForceSendsItNevertheless) {
    EXPECT_EQ(mistake_in_test("force rcpt <a>\ndata\n"), "");
}

TEST(Order, TM_032_NegotiateTwice) {
    EXPECT_NE(mistake_in_test("negotiate\nnegotiate\n"), "");
    EXPECT_EQ(mistake_in_test("negotiate\nforce negotiate\n"), "");
}

TEST(Order, AMessageThatIsOverIsOver) {
    EXPECT_NE(mistake_in_test(hello + "mail <a> -> reject\nrcpt <b>\n"), "");
    EXPECT_NE(mistake_in_test(envelope + "data -> accept\nheader a b\n"), "");
    EXPECT_EQ(mistake_in_test(hello + "mail <a> -> reject\nmail <b>\n"), "");
    EXPECT_EQ(mistake_in_test(envelope + "rcpt <c> -> reject\nrcpt <d>\ndata\n"),
              "");  // a refused recipient does not end the message
    EXPECT_NE(mistake_in_test(hello + "mail <a>\nrcpt <b> -> reject\ndata\n"), "");  // no recipient is left
    EXPECT_NE(mistake_in_test("connect h unknown -> reject\nhelo h\n"), "");
    EXPECT_NE(mistake_in_test(hello + "quit\nmail <a>\n"), "");
}

}  // namespace
}  // namespace testmta::run
