#include <gtest/gtest.h>

#include "parse_script.hpp"

namespace testmta::run {
namespace {

/// Returns the first strings of all events.
std::string first_words(std::vector<step> const& steps) {
    std::string all;
    for (auto const& one : steps) {
        if (auto const* sent = std::get_if<words>(&one.action)) all += sent->strings.front() + ' ';
    }
    return all;
}

TEST(Blocks, ForTakesEachValue) {
    EXPECT_EQ(first_words(good_steps("connect h unknown\nfor n in a \"b c\" d\nhelo ${n}\nend\n")),
              "a b c d ");
}

TEST(Blocks, ForAndRepeatStandAroundTestsAsWell) {
    auto const tests =
        good_script("for n in 1 2\nrepeat 2 as m\ntest \"t ${n}.${m}\"\nopen\nend\nend\nend\n");
    ASSERT_EQ(tests.size(), 4u);
    EXPECT_EQ(tests[2].name, "t 2.1");
}

TEST(Blocks, IfIsDecidedAtOnceWhereItCanBe) {
    auto const chosen = [](std::string const& condition) {
        return first_words(
            good_steps("connect h unknown\nset a = x\nif " + condition + "\nhelo yes\nelse\nhelo no\nend\n"));
    };
    EXPECT_EQ(chosen("${a} == x"), "yes ");
    EXPECT_EQ(chosen("${a} != x"), "no ");
    EXPECT_EQ(chosen("${a} ~ \"^x$\""), "yes ");
    EXPECT_EQ(chosen("${a} !~ \"x\""), "no ");
    EXPECT_EQ(chosen("9 < 10"), "yes ");  // numbers are not compared as texts
    EXPECT_EQ(chosen("9ms < 1s"), "yes ");
    EXPECT_EQ(chosen("1K >= 1024"), "yes ");
}

TEST(Blocks, BothBodiesOfAnIfAreChecked) {
    EXPECT_EQ(mistake_in_test("if 1 == 2\nfrob\nend\n").substr(0, 4), "3:1:");
    EXPECT_EQ(mistake_in_test("if 1 == 1\nopen\nelse\nrpct <a>\nend\n").substr(0, 4), "5:1:");
    // A step of the other body is not played here, so it need not be in order.
    EXPECT_EQ(mistake_in_test("if 1 == 2\nrcpt <a>\nend\n"), "");
}

TEST(Blocks, AnIfOnTheNegotiationStaysOpen) {
    auto const tests = good_script(
        "test a\nconnect h unknown\nif negotiated skip\nhelo a\nelse\nquit\nend\nif not-negotiated "
        "add-header\nend\nend\n");
    auto const& made = std::get<choice>(tests.at(0).body.at(3).what);
    EXPECT_EQ(std::get<negotiated>(made.condition).steps.with, core::step::skip);
    EXPECT_EQ(made.then.size(), 1u);
    EXPECT_EQ(made.otherwise.size(), 1u);
    EXPECT_TRUE(std::get<choice>(tests.at(0).body.at(4).what).inverted);
}

TEST(Blocks, AfterAnIfTheSessionIsAtEitherPoint) {
    auto const around = [](std::string const& then, std::string const& rest) {
        return mistake_in_test("connect h unknown\nif negotiated skip\n" + then + "end\n" + rest);
    };
    EXPECT_EQ(around("mail <a>\n", "rcpt <b>\n"), "");
    EXPECT_EQ(around("mail <a>\n", "mail <b>\n"), "");
    EXPECT_NE(around("mail <a>\n", "data\n"), "");
    EXPECT_NE(around("mail <a>\n", "rcpt <b>\nmail <c>\n"), "");  // which it was is known by then
}

TEST(Blocks, TM_021_ACallWithAnotherNumberOfValues) {
    std::string const greet = "define greet name\nhelo ${name}\nend\n";
    EXPECT_EQ(only_mistake(greet + "test a\nconnect h unknown\ncall greet\nend\n"),
              "6:1: \"greet\" was called with 0 values; expected \"call greet name\"");
    EXPECT_EQ(only_mistake(greet + "test a\nconnect h unknown\ncall greet a b\nend\n"),
              "6:1: \"greet\" was called with 2 values; expected \"call greet name\"");
    EXPECT_EQ(
        only_mistake(greet + "test a\ncall gret x\nend\n"),
        "5:6: \"gret\" is not a block that was defined above, did you mean \"greet\"?; possible: greet");
}

TEST(Blocks, ACallPlaysTheBlockWithItsValues) {
    auto const tests = good_script(
        "define greet name\nset x = ${name}\nhelo ${x}.${host}\nend\n"
        "test a\nset host = h\nconnect h unknown\ncall greet one\ncall greet two\nend\n");
    auto const steps = steps_of(tests.at(0));
    EXPECT_EQ(first_words(steps), "one.h two.h ");
    EXPECT_EQ(steps.back().calls.size(), 1u);
}

TEST(Blocks, AMistakeInABlockIsReportedOnceAndWithoutACall) {
    EXPECT_EQ(only_mistake("define a\nfrob\nend\n").substr(0, 12), "2:1: \"frob\" ");
    EXPECT_EQ(only_mistake("define a\nhelo\nend\ntest t\nconnect h unknown\ncall a\ncall a\nend\n"),
              "2:5: something is missing here; expected a word");
}

TEST(Blocks, AMistakeThatOnlyACallMakesNamesIt) {
    EXPECT_EQ(only_mistake("define a n\nrepeat ${n}\nend\nend\ntest t\ncall a x\nend\n"),
              "2:8: \"x\" is not allowed here; expected a number of rounds from 0 to 20000; called at s:6:1");
}

TEST(Blocks, ABlockThatCallsItselfEnds) {
    auto const found = only_mistake("define a\ncall a\nend\ntest t\ncall a\nend\n");
    EXPECT_EQ(found.substr(0, 48), "2:1: blocks are nested more than 16 deep; called");
}

TEST(Blocks, UseHasBuiltInBlocks) {
    EXPECT_EQ(first_words(good_steps("use hello\nuse envelope\nuse mailbody\neom\nuse goodbye\n")),
              "client.example.org <alice@example.org> <bob@example.net> From Subject ");
    EXPECT_EQ(first_words(good_steps("set helo = me\nuse hello\nuse envelope <a> <b>\n")), "me <a> <b> ");
    EXPECT_EQ(mistake_in_test("use hello a 192.0.2.1 b -> continue\n"),
              "2:25: \"->\" is not allowed here; expected the end of the line");
}

TEST(Blocks, AStepOfABuiltInBlockStandsWhereItIsUsed) {
    auto const steps = good_steps("open\nuse hello\n");
    EXPECT_EQ(steps.back().offset, std::string("test one\nopen\n").size());
}

TEST(Blocks, SessionsInParallel) {
    auto const tests = good_script(
        "test a\nparallel\nsession s x3\nconnect \"h${index}.${session}\" unknown\nsync here\nend\n"
        "session other\nopen\nend\nend\nend\n");
    auto const& found = std::get<parallel>(tests.at(0).body.at(0).what).sessions;
    ASSERT_EQ(found.size(), 4u);
    EXPECT_EQ(found[1].name, "s[2]");
    EXPECT_EQ(std::get<connect>(std::get<step>(found[1].body.at(2).what).action).hostname, "h2.s");
    EXPECT_TRUE(found[1].ends_with_block);
    EXPECT_FALSE(found[3].ends_with_block);
}

TEST(Blocks, WhatCannotStandWhere) {
    EXPECT_EQ(mistake_in_test("sync x\n"),
              "2:1: no other session runs here; expected \"sync\" inside \"parallel\"");
    EXPECT_EQ(mistake_in_test("parallel\nopen\nend\n"),
              "3:1: only sessions run in parallel; expected \"session\" before this step");
    EXPECT_EQ(mistake_in_test("session a x2\nopen\nend\n"),
              "2:1: only sessions in parallel have copies; expected \"parallel\" around it");
    EXPECT_EQ(mistake_in_test("session a\nsession b\nopen\nend\nend\n"),
              "3:1: a session cannot begin here; expected it in a test, or in \"parallel\"");
    EXPECT_EQ(mistake_in_test("connect h unknown\ntogether\ndelay 1s\nend\n"),
              "4:1: this line sends nothing; expected only what is sent between \"together\" and \"end\"");
    EXPECT_EQ(mistake_in_test("else\n"), "2:1: this \"else\" does not belong to any \"if\"");
    EXPECT_EQ(mistake_in_test("define a\nend\n").substr(0, 38), "2:1: a block is defined outside of tes");
    EXPECT_EQ(only_mistake("session a\nend\n"),
              "1:1: a session must be inside a test; expected \"test\" before it");
    EXPECT_EQ(only_mistake("if negotiated skip\nend\n"),
              "1:1: nothing is negotiated outside of a test; expected a comparison of values");
}

TEST(Blocks, TogetherHoldsWhatLeavesInOneWrite) {
    auto const tests = good_script("test a\ntogether\nconnect h unknown\nhelo h\nend\nend\n");
    ASSERT_EQ(tests.at(0).body.size(), 3u);  // what is implied comes before
    EXPECT_EQ(std::get<together>(tests[0].body[2].what).steps.size(), 2u);
}

TEST(Blocks, ALineWithACapturedValueIsParsedWhenItIsReached) {
    auto const tests = good_script(
        "test a\nconnect h unknown\ncapture id \"(.)\" from transcript\nhelo ${id}\nmail ${id}\nrcpt "
        "<b>\nend\n");
    auto const& line = std::get<late_line>(tests.at(0).body.at(4).what);
    EXPECT_EQ(std::get<words>(line.parse({{"id", "x"}}).at(0).action).strings.front(), "x");
    auto const& path = std::get<late_line>(tests.at(0).body.at(5).what);
    EXPECT_THROW(path.parse({{"id", "x"}}), text::mistake);  // not in angle brackets
    EXPECT_THROW(path.parse({}), text::mistake);             // without a value
    EXPECT_EQ(path.parse({{"id", "<x>"}}).size(), 1u);
}

TEST(Blocks, ACapturedValueDecidesAnIfWhenItIsReached) {
    auto const tests =
        good_script("test a\nopen\ncapture n \"(.)\" from transcript\nif ${n} == 1\nclose\nend\nend\n");
    auto const& made = std::get<choice>(tests.at(0).body.at(2).what);
    EXPECT_TRUE(std::get<late_condition>(made.condition).holds({{"n", "1"}}));
    EXPECT_FALSE(std::get<late_condition>(made.condition).holds({{"n", "2"}}));
}

TEST(Blocks, ACapturedValueIsNoValueForABlock) {
    EXPECT_EQ(
        mistake_in_test("open\ncapture n \"(.)\" from transcript\nrepeat ${n}\nend\n"),
        "4:8: a captured value cannot be used in this line; expected it in a step, in an expectation or "
        "after \"if\"");
    EXPECT_EQ(mistake_in_test("open\ncapture n \".\" from transcript\n"),
              "3:11: this regular expression has no group; expected one in parentheses");
}

TEST(Blocks, NeedsAndTags) {
    auto const tests = good_script(
        "needs skip\ntag slow\ntest a\nneeds action add-header version 6\ntag fast\nopen\nend\ntest "
        "b\nopen\nend\n");
    ASSERT_EQ(tests.at(0).needs.size(), 3u);
    EXPECT_EQ(tests[0].needs[1].text, "action add-header");
    EXPECT_EQ(tests[0].tags, (std::vector<std::string>{"slow", "fast"}));
    EXPECT_EQ(tests.at(1).needs.size(), 1u);
    EXPECT_EQ(only_mistake("needs skp\n").substr(0, 68),
              "1:7: \"skp\" is not an option of the negotiation, did you mean \"skip\"?");
}

TEST(Blocks, AMessageBeginsTheContent) {
    auto const steps = good_steps("use hello\nuse envelope\nmessage <<M\nA: b\n\nx\nM\n");
    EXPECT_EQ(std::get<plain>(steps.at(6).action).what, core::command::data);
    auto const loose = good_steps("implicit any\nuse hello\nuse envelope\nmessage <<M\nA: b\n\nx\nM\n");
    EXPECT_TRUE(std::holds_alternative<any_answer>(loose.at(6).expectations.at(0)));
    EXPECT_EQ(good_steps("use hello\nuse envelope\ndata\nmessage <<M\nA: b\n\nx\nM\n").size(), steps.size());
}

TEST(Blocks, TM_023_ALargeScriptIsReadInTime) {
    std::string text;
    for (int i = 0; i != 3'000; ++i) text += "test a\nif 1 == 1\nopen\nelse\nopen\nend\nend\n";
    EXPECT_EQ(good_script(text).size(), 3'000u);
}

}  // namespace
}  // namespace testmta::run
