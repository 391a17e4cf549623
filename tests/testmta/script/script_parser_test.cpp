#include "script/script_parser.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "parse_script.hpp"

namespace testmta::run {
namespace {

using namespace std::chrono_literals;

std::string hostname_of(step const& one) {
    return std::get<connect>(one.action).hostname;
}

TEST(Script, OpenAndNegotiateAreImplied) {
    auto const steps = good_steps("connect h 192.0.2.1\n");
    ASSERT_EQ(steps.size(), 3u);
    EXPECT_TRUE(std::holds_alternative<open>(steps[0].action));
    EXPECT_TRUE(std::holds_alternative<offer>(steps[1].action));
    EXPECT_TRUE(std::holds_alternative<negotiated>(steps[1].expectations.at(0)));
    EXPECT_EQ(good_steps("open\nbytes 00\n").size(), 2u);  // raw bytes after an explicit "open" come first
    EXPECT_EQ(good_steps("bytes 00\n").size(), 3u);
}

TEST(Script, ImplicitSaysWhatAStepExpects) {
    auto const expected = [](std::string const& word) {
        return good_steps("implicit " + word + "\nconnect h 192.0.2.1\n").back().expectations;
    };
    EXPECT_TRUE(std::holds_alternative<answer_is>(expected("continue").at(0)));
    EXPECT_TRUE(std::holds_alternative<any_answer>(expected("any").at(0)));
    EXPECT_TRUE(expected("none").empty());
}

TEST(Script, TM_011_DefinesBeatSetAtFileLevel) {
    command_line_settings options;
    options.defines["x"] = "defined";
    auto const tests = good_script(
        "set x = file\nset y = file\ntest a\nconnect ${x}.${y} unknown\nend\n"
        "test b\nset x=local\nconnect ${x} unknown\nend\n"
        "test c\nconnect ${x} unknown\nend\n",
        options);
    ASSERT_EQ(tests.size(), 3u);
    EXPECT_EQ(hostname_of(steps_of(tests[0]).back()), "defined.file");
    EXPECT_EQ(hostname_of(steps_of(tests[1]).back()), "local");
    EXPECT_EQ(hostname_of(steps_of(tests[2]).back()), "defined");
}

TEST(Script, TM_018_RepeatCountsFromOne) {
    EXPECT_EQ(good_steps("open\nrepeat 0\nquit\nend\n").size(), 1u);
    auto const steps = good_steps("connect h unknown\nrepeat 3 as n\nhelo \"h${n}\"\nend\n");
    ASSERT_EQ(steps.size(), 6u);
    EXPECT_EQ(std::get<words>(steps[3].action).strings.front(), "h1");
    EXPECT_EQ(std::get<words>(steps[5].action).strings.front(), "h3");
}

TEST(Script, TM_018_AMistakeInARepeatIsOne) {
    EXPECT_EQ(only_mistake("test a\nconnect h unknown\nrepeat 9\nhelo\nend\nend\n"),
              "4:5: something is missing here; expected a word");
}

TEST(Script, TM_019_SixteenDeepAndNoMore) {
    auto const nested = [](int depth) {
        std::string text = "test a\n";
        for (int i = 0; i != depth; ++i) text += "repeat 1\n";
        text += "open\n";
        for (int i = 0; i != depth; ++i) text += "end\n";
        return text + "end\n";
    };
    EXPECT_EQ(good_script(nested(15)).size(), 1u);  // the test itself is one
    EXPECT_EQ(only_mistake(nested(16)), "17:1: blocks are nested more than 16 deep");
}

TEST(Script, ATestThatIsTooLongIsRefused) {
    EXPECT_EQ(only_mistake("test a\nconnect h unknown\nrepeat 10\nrepeat 20000\nhelo h\nend\nend\nend\n"),
              "5:1: a test has at most 100000 steps");
}

TEST(Script, WhatIsSentIsBounded) {
    EXPECT_EQ(only_mistake("test a\nframe c fill 257M\nend\n"),
              "2:14: this is too much; expected at most 256M");
    EXPECT_EQ(only_mistake("test a\nbody fill 257M\nend\n"), "2:11: this is too much; expected at most 256M");
}

TEST(Script, ContentBecomesEvents) {
    auto const steps = good_steps(
        "connect h unknown\nmail <>\nrcpt <a>\ndata\n"
        "message <<M\nA: b\nC:d\n e\n\nbody\n\nmore\nM\neom\n");
    ASSERT_EQ(steps.size(), 11u);
    EXPECT_EQ(std::get<words>(steps[6].action).strings, (std::vector<std::string>{"A", " b"}));
    EXPECT_EQ(std::get<words>(steps[7].action).strings, (std::vector<std::string>{"C", "d\n e"}));  // TM-039
    EXPECT_EQ(std::get<plain>(steps[8].action).what, core::command::end_of_headers);
    EXPECT_EQ(std::get<body>(steps[9].action).octets, "body\r\n\r\nmore\r\n");
}

TEST(Script, AHeaderHasOneBlankAfterItsColon) {
    auto const value = [](std::string const& line) {
        auto const steps = good_steps("connect h unknown\nmail <>\nrcpt <a>\ndata\n" + line + "\n");
        return std::get<words>(steps.back().action).strings.back();
    };
    EXPECT_EQ(value("header A b"), " b");
    EXPECT_EQ(value("header A \" b\""), "  b");
    EXPECT_EQ(value("header A ''"), " ");
    EXPECT_EQ(value("headers <<H\nA:b\nH"), "b");
}

TEST(Script, ForceSendsWhatNoMtaWould) {
    auto const steps = good_steps("connect h unknown\nforce mail a@b\nrcpt <c>\ndata\nforce header A:B x\n");
    EXPECT_EQ(std::get<words>(steps[3].action).strings.front(), "a@b");
    EXPECT_EQ(std::get<words>(steps[6].action).strings.front(), "A:B");
}

TEST(Script, Limits) {
    auto const steps = good_steps("timeout connection 7s\ntimeout helo 5ms\nconnect h unknown\nhelo h\n");
    EXPECT_EQ(steps[0].limit, 7s);
    EXPECT_EQ(steps[2].limit, 10s);  // TM-063
    EXPECT_EQ(steps[3].limit, 5ms);
    EXPECT_EQ(settings().limit(core::command::end_of_message), 60s);
}

TEST(Script, TM_016_NulNeedsForce) {
    EXPECT_EQ(
        only_mistake("test a\nconnect h unknown\nhelo \"a\\0\"\nend\n"),
        "3:6: a NUL would end this string early; expected text without NUL, or \"force\" before the step");
    EXPECT_EQ(good_steps("connect h unknown\nforce helo \"a\\0\"\n").size(), 4u);
}

TEST(Script, Frames) {
    using namespace std::string_literals;
    auto const frame = [](std::string const& words) {
        return std::get<octets>(good_steps("open\nframe " + words + "\n").back().action).what;
    };
    EXPECT_EQ(frame("M \"<a>\\0\""), "\0\0\0\x05M<a>\0"s);
    EXPECT_EQ(frame("M 3c 3e00"), "\0\0\0\x04M<>\0"s);
    EXPECT_EQ(frame("M length 4294967295"), "\xff\xff\xff\xffM"s);
    EXPECT_EQ(frame("M length 0 00"), "\0\0\0\0M\0"s);
}

TEST(Script, Expectations) {
    auto const steps = good_steps("connect h unknown -> reply 550 5.1.1 ~ \"a\\S\", elapsed < 5ms\n");
    auto const& expected = steps.back().expectations;
    ASSERT_EQ(expected.size(), 2u);
    EXPECT_EQ(std::get<reply_is>(expected[0]).pattern->text(), "a\\S");
    EXPECT_EQ(std::get<elapsed>(expected[1]).time, 5ms);
    EXPECT_TRUE(steps.back().explicit_expectations);
}

}  // namespace
}  // namespace testmta::run
