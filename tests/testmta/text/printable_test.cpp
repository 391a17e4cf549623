#include "text/printable.hpp"

#include <gtest/gtest.h>

#include "text/cursor.hpp"
#include "text/indented.hpp"
#include "text/lexer.hpp"
#include "text/source.hpp"

namespace testmta::text {
namespace {

TEST(Readable, ControlsAndWhatIsNotUtf8AreEscaped) {
    using namespace std::string_literals;
    EXPECT_EQ(readable("gr\xc3\xbc\xc3\x9f"
                       "e"),
              "gr\xc3\xbc\xc3\x9f"
              "e");
    EXPECT_EQ(readable("a\x1b[31m\0"s), "a\\x1b[31m\\x00");
    EXPECT_EQ(readable("\xff\xc0\x80"), "\\xff\\xc0\\x80");           // no lead byte; overlong
    EXPECT_EQ(readable("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // a surrogate
    EXPECT_EQ(readable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // beyond Unicode
    EXPECT_EQ(readable("\xe2\x82"), "\\xe2\\x82");                    // cut off
    EXPECT_EQ(readable("\xe2\x82\xac\xf0\x9f\x98\x80"), "\xe2\x82\xac\xf0\x9f\x98\x80");
    EXPECT_EQ(readable("\x7f"), "\\x7f");
}

TEST(Quoted, AWordIsReadBackAsItWas) {
    for (std::string const word : {"", "a b", "a\"b\\c$d", "\x01\x7f\n", "gr\xc3\xbc", "${x}"}) {
        source const file("f", in_quotes(word));
        mistakes wrong;
        auto const lines = read_statements(file, heredocs::refused, wrong);
        ASSERT_EQ(lines.size(), 1u) << word;
        cursor line(lines.front(), {});
        EXPECT_EQ(line.word("a word"), word);
    }
}

TEST(Indented, EveryLineHasTheMargin) {
    EXPECT_EQ(indented("a\nb\n", "  "), "  a\n  b\n");
    EXPECT_EQ(indented("a\n\nb", "  "), "  a\n  \n  b");
    EXPECT_EQ(indented("", "  "), "");
}

TEST(Sources, APlaceIsInTheFileThatHoldsIt) {
    sources files;
    EXPECT_EQ(files.add(source("a", "x\ny\n")), 0u);
    auto const base = files.add(source("b", "z\n"));
    EXPECT_EQ(files.describe(2), "a:2:1");
    EXPECT_EQ(files.describe(4), "a:3:1");  // the very end
    EXPECT_EQ(files.describe(base), "b:1:1");
}

}  // namespace
}  // namespace testmta::text
