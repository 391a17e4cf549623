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

TEST(Mistakes, CaretStandsUnderUtf8) {
    source const file("f", "\xc3\xbc\xc3\xbc x\n");
    mistakes wrong;
    wrong.add(mistake(5, "here"));
    EXPECT_EQ(wrong.report(file), "f:1:6: here\n    \xc3\xbc\xc3\xbc x\n       ^\n");
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
