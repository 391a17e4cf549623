#include "text/mistakes.hpp"

#include <gtest/gtest.h>

namespace testmta::text {
namespace {

TEST(Mistakes, TM_005_NamePlaceLineAndCaret) {
    source const file("a.mts", "one\n\ttwo three\n");
    mistakes wrong;
    wrong.add(mistake(9, "this is wrong", "expected that"));
    EXPECT_EQ(wrong.report(file), "a.mts:2:6: this is wrong; expected that\n    \ttwo three\n    \t    ^\n");
}

TEST(Mistakes, TheCaretIsRightAfterUtf8) {
    source const file("f", "\xc3\xbc\xc3\xbc x\n");
    mistakes wrong;
    wrong.add(mistake(5, "here"));
    EXPECT_EQ(wrong.report(file), "f:1:6: here\n    \xc3\xbc\xc3\xbc x\n       ^\n");
}

TEST(Mistakes, ALineWithoutEndIsShownAroundTheMistake) {
    source const file("f", std::string(500, 'a') + " x " + std::string(100'000, 'b') + "\n");
    mistakes wrong;
    wrong.add(mistake(501, "\"" + std::string(100'000, 'b') + "\" is wrong", "possible: this, that"));
    auto const report = wrong.report(file);
    EXPECT_LT(report.size(), 1300U);
    EXPECT_NE(report.find("f:1:502: \"bbb"), report.npos) << report;
    EXPECT_NE(report.find("b\" is wrong; possible: this, that\n"), report.npos) << report;
    EXPECT_NE(report.find("\n    ..." + std::string(59, 'a') + " x b"), report.npos) << report;
    EXPECT_NE(report.find("bbb...\n    " + std::string(63, ' ') + "^\n"), report.npos) << report;
}

TEST(Mistakes, ALineOfExactlyTheLimitIsShownWhole) {
    auto const shown = [](std::size_t size) {
        source const file("f", std::string(size, 'a'));
        mistakes wrong;
        wrong.add(mistake(100, "wrong"));
        return wrong.report(file);
    };
    EXPECT_EQ(shown(200),
              "f:1:101: wrong\n    " + std::string(200, 'a') + "\n    " + std::string(100, ' ') + "^\n");
    EXPECT_NE(shown(201).find("    ...aaa"), std::string::npos);
}

TEST(Mistakes, ControlBytesDoNotReachTheTerminal) {
    source const file("f", std::string("a\x1b[2J\0b", 7));
    mistakes wrong;
    wrong.add(mistake(5, std::string("\"\x1b[2J\" is wrong")));
    EXPECT_EQ(wrong.report(file), "f:1:6: \"?[2J\" is wrong\n    a?[2J?b\n         ^\n");
}

TEST(Mistakes, TheReportSaysWhenThereMayBeMore) {
    source const file("f", std::string(40, 'x'));
    mistakes wrong;
    for (std::size_t i = 0; i != mistakes::most - 1; ++i) wrong.add(mistake(i, "wrong"));
    EXPECT_EQ(wrong.report(file).find("there may be more"), std::string::npos);
    wrong.add(mistake(30, "wrong"));
    EXPECT_TRUE(wrong.report(file).ends_with("f: these are the first 20 mistakes; there may be more\n"));
}

TEST(Mistakes, AreReportedInTheOrderOfTheFile) {
    source const file("f", "ab");
    mistakes wrong;
    wrong.add(mistake(1, "second"));
    wrong.add(mistake(0, "first"));
    EXPECT_LT(wrong.report(file).find("first"), wrong.report(file).find("second"));
}

TEST(Mistakes, TM_007_AreTwentyAtMostAndEachOnce) {
    mistakes wrong;
    for (std::size_t i = 0; i != 60; ++i) wrong.add(mistake(i / 2, "wrong"));
    EXPECT_EQ(wrong.all().size(), mistakes::most);
    EXPECT_TRUE(wrong.full());
}

TEST(Source, LocatesTheEndOfTheFile) {
    source const file("f", "a\r\nb");
    EXPECT_EQ(file.locate(4), (place{2, 2}));
    EXPECT_EQ(file.line(1), "a");
    EXPECT_EQ(file.line(2), "b");
}

}  // namespace
}  // namespace testmta::text
