#include "text/lexer.hpp"

#include <gtest/gtest.h>

#include "text/cursor.hpp"

namespace testmta::text {
namespace {

/// Returns the words of each statement, separated by `|`, with arrows and commas among them.
std::string words_of(std::string const& content, variables const& values = {}) {
    source const file("f", content);
    mistakes wrong;
    std::string all;
    for (auto const& one : read_statements(file, heredocs::allowed, wrong)) {
        cursor line(one, values);
        while (!line.at_end()) {
            if (line.take(token_kind::comma))
                all += ',';
            else if (line.take(token_kind::arrow))
                all += "->";
            else if (line.at(token_kind::heredoc))
                all += line.heredoc("").text;
            else
                all += line.word("");
            all += line.at_end() ? "\n" : "|";
        }
    }
    return all + wrong.report(file);
}

TEST(Lexer, CutsLinesIntoWords) {
    EXPECT_EQ(words_of("a  b\n\n\tc -> d,e # f\n# g\n"), "a|b\nc|->|d|,|e\n");
}

TEST(Lexer, TM_014_TakesEveryLineEnd) {
    EXPECT_EQ(words_of("a b\r\nc\r\n"), "a|b\nc\n");
    EXPECT_EQ(words_of("a b"), "a|b\n");
    EXPECT_EQ(words_of(""), "");
}

TEST(Lexer, JoinsLinesAtABackslash) {
    EXPECT_EQ(words_of("a \\\n b\nc\\\r\nd\n"), "a|b\nc|d\n");
    EXPECT_EQ(words_of("a\\b \\c\n"), "a\\b|\\c\n");
}

TEST(Lexer, TM_015_KeepsHighBytes) {
    EXPECT_EQ(words_of("\"\xc3\xbc\xff\" \xfe\n"), "\xc3\xbc\xff|\xfe\n");
}

TEST(Lexer, TM_016_ReplacesEscapes) {
    using namespace std::string_literals;
    EXPECT_EQ(words_of(R"("\n\r\t\\\"\$\x41\0")"), "\n\r\t\\\"$A\0\n"s);
    EXPECT_EQ(words_of(R"('\n${x}"')"), "\\n${x}\"\n");
}

TEST(Lexer, AdjacentPartsAreOneWord) {
    EXPECT_EQ(words_of("i=\"a b\"'c'd\n"), "i=a bcd\n");
}

TEST(Lexer, ReplacesVariables) {
    variables const values{{"x", "1 2"}, {"y.z", "3"}};
    EXPECT_EQ(words_of("a${x}b \"${y.z}\" '${x}'\n", values), "a1 2b|3|${x}\n");
}

TEST(Lexer, TM_017_AnUnsetVariableIsAMistake) {
    source const file("f", "a ${x}\n");
    mistakes wrong;
    auto const lines = read_statements(file, heredocs::allowed, wrong);
    try {
        cursor const line(lines.front(), {});
        FAIL() << "nothing thrown";
    } catch (mistake const& found) {
        EXPECT_EQ(found.offset, 2u);
        EXPECT_EQ(found.text, "the variable ${x} is not set");
    }
}

TEST(Lexer, TM_022_HereDocumentsKeepTheirLines) {
    EXPECT_EQ(words_of("a <<T b\n  end \nmail <x>\nT\nc\n"), "a|  end \r\nmail <x>\r\n|b\nc\n");
    EXPECT_EQ(words_of("a <<-T\nb\r\nT\n"), "a|b\n\n");
}

TEST(Lexer, EachLineOfAHereDocumentHasItsPlace) {
    std::string const content = "a <<T\nb\r\n\nc\nT\n";
    source const file("f", content);
    mistakes wrong;
    auto const lines = read_statements(file, heredocs::allowed, wrong);
    cursor line(lines.front(), {});
    line.expect("a");
    auto const document = line.heredoc("");
    EXPECT_EQ(document.text, "b\r\n\r\nc\r\n");
    EXPECT_EQ(document.lines, (std::vector{content.find('b'), content.find("\nc"), content.find('c')}));
}

TEST(Lexer, ALineThatCannotBeReadEndsAlone) {
    EXPECT_EQ(
        words_of("a \"b\nc\nd 'e\nf ${1}\ng\n"),
        "c\ng\n"
        "f:1:5: this cannot be read; expected a closing double quote on the same line\n    a \"b\n        ^\n"
        "f:3:5: this cannot be read; expected a closing single quote on the same line\n    d 'e\n        ^\n"
        "f:4:5: this cannot be read; expected a name: a letter, then letters, digits and - _ .\n"
        "    f ${1}\n        ^\n");
}

TEST(Lexer, AnEscapeThatMeansNothingIsForPatternsOnly) {
    EXPECT_THROW(words_of(R"(a "\S")"), mistake);
    source const file("f", R"(a "\S\\.")");
    mistakes wrong;
    auto const lines = read_statements(file, heredocs::allowed, wrong);
    cursor line(lines.front(), {});
    line.expect("a");
    EXPECT_EQ(line.pattern(""), R"(\S\.)");
}

TEST(Lexer, HereDocumentsCanBeRefused) {
    source const file("f", "a <<T\nT\nb\n");
    mistakes wrong;
    EXPECT_EQ(read_statements(file, heredocs::refused, wrong).size(), 2u);  // T and b are words again
    EXPECT_EQ(wrong.all().size(), 1u);
}

TEST(Lexer, TM_023_ALongLineDoesNotTakeQuadraticTime) {
    std::string const content(256 * 1024, 'a');
    EXPECT_EQ(words_of(content + "\n").size(), content.size() + 1);
}

}  // namespace
}  // namespace testmta::text
