#include "script/expectation.hpp"

#include <gtest/gtest.h>

#include "parse_script.hpp"

namespace testmta::run {
namespace {

/// Returns the expectations of a line as they are described.
std::string described(std::string const& line) {
    std::string all;
    auto const steps = good_steps("open\nexpect " + line + "\n");
    for (auto const& one : steps.back().expectations)
        all.append(all.empty() ? "" : ", ").append(describe(one));
    return all;
}

std::string mistake_in_expect(std::string const& line) {
    return only_mistake("test a\nopen\nexpect " + line + "\nend\n");
}

TEST(Expectations, AreDescribedAsTheyAreWritten) {
    for (std::string const line : {
             "action add-header",
             "action add-header \"X\" \"v\"",
             "no action quarantine",
             "action change-header 2 \"X\" ~ \"v\"",
             "action insert-header 1 \"X\" \"v\"",
             "actions exactly 3",
             "final header \"X\" == \"v\"",
             "final header[2] \"X\" !~ \"v\"",
             "final header \"X\" is absent",
             "final header \"X\" count >= 2",
             "final headers lists \"A\" \"B\"",
             "final rcpts count == 0",
             "final body == \"x\\x0d\\x0a\"",
             "final from == \"<a@b>\"",
             "final outcome != \"delivered\"",
             "final size < 1024",
             "progress >= 1",
             "continue, elapsed < 5ms",
             "reply 550 5.1.1 \"x\"",
             "shutdown",
         }) {
        EXPECT_EQ(described(line), line);
    }
    EXPECT_EQ(described("progress"), "progress >= 1");
    EXPECT_EQ(described("final size < 1K"), "final size < 1024");
}

TEST(Expectations, MistakesSayWhatWasPossible) {
    EXPECT_EQ(mistake_in_expect("final hedaer X == y"),
              "3:14: \"hedaer\" is not a part of a message, did you mean \"header\"?; possible: header, "
              "headers, body, "
              "from, rcpts, outcome, size");
    EXPECT_EQ(mistake_in_expect("final outcome == delivred").substr(0, 72),
              "3:22: \"delivred\" is not an outcome, did you mean \"delivered\"?; possible:");
    EXPECT_EQ(mistake_in_expect("final header[0] X == y"),
              "3:14: \"header[0]\" is not allowed here; expected \"header[N]\", N being a number from 1");
    EXPECT_EQ(mistake_in_expect("action delete-rcpt <a> b"),
              "3:32: \"delete-rcpt\" has one value; expected a comma, or the end of the line");
    EXPECT_EQ(mistake_in_expect("continue, accept").substr(0, 37), "3:18: an event has only one answer; e");
    EXPECT_NE(mistake_in_expect("action add-headr"), "");
}

TEST(Expectations, WhatIsLookedAtNeedsAnAnswerFirst) {
    auto const steps = good_steps("connect h unknown -> elapsed < 5s\nquit -> elapsed < 5s\n");
    auto const& connected = steps[steps.size() - 2].expectations;
    ASSERT_EQ(connected.size(), 2u);
    EXPECT_EQ(describe(connected[0]), "continue");
    EXPECT_EQ(describe(steps.back().expectations.at(0)), "the connection to be closed");
}

TEST(Expectations, TM_058_AHereDocumentGivesTheLinesOfAReply) {
    auto const steps = good_steps("open\nexpect reply 550 5.1.1 <<T\none\ntwo\nT\n");
    EXPECT_EQ(std::get<reply_is>(steps.back().expectations.at(0)).text, "one\ntwo");
}

TEST(OptionMask, TM_034_SingleBitsAndExactValues) {
    auto const steps = good_steps(
        "open\nnegotiate steps -skip actions +add-header -quarantine -> negotiated steps +skip -no-helo "
        "actions 0x3\n");
    auto const& offered = std::get<offer>(steps.back().action);
    EXPECT_EQ(offered.steps.applied_to(core::step::all), core::step::all & ~core::step::skip);
    EXPECT_EQ(offered.actions.applied_to(0x20), 0x01u);
    auto const& agreed = std::get<negotiated>(steps.back().expectations.at(0));
    EXPECT_TRUE(agreed.steps.allows(core::step::skip | core::step::no_body));
    EXPECT_FALSE(agreed.steps.allows(core::step::skip | core::step::no_helo));
    EXPECT_FALSE(agreed.steps.allows(core::step::no_body));
    EXPECT_TRUE(agreed.actions.allows(3));
    EXPECT_FALSE(agreed.actions.allows(7));
}

TEST(OptionMask, EveryBitHasAName) {
    EXPECT_EQ(name_bits(core::action::all, action_names()).find("0x"), std::string::npos);
    EXPECT_EQ(name_bits(core::step::all | core::step::chunks_1m, step_names()).find("0x"), std::string::npos);
    EXPECT_EQ(name_bits(0x80000400, step_names()), "skip 0x80000000");
    EXPECT_EQ(name_bits(0, step_names()), "none");
}

}  // namespace
}  // namespace testmta::run
