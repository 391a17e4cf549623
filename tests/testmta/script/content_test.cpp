#include "script/content.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "run/decode.hpp"
#include "run/transcript.hpp"

namespace testmta::run {
namespace {

TEST(Content, TM_041_FillIsTheSameEverywhere) {
    EXPECT_EQ(fill(12, 7), fill(100, 7).substr(0, 12));
    EXPECT_NE(fill(12, 7), fill(12, 8));
    EXPECT_EQ(fill(80, 1).substr(76, 2), "\r\n");
    EXPECT_EQ(fill(4, 0), "itbo");
    EXPECT_EQ(fill(0, 0), "");
}

TEST(Content, TM_042_SplitsMessages) {
    for (std::string const end : {"\r\n", "\n"}) {
        auto const found = split_content("A: b" + end + "C:d" + end + " e" + end + end + "body" + end);
        ASSERT_EQ(found.fields.size(), 2u);
        EXPECT_EQ(found.fields[0].second, " b");
        EXPECT_EQ(found.fields[1].second, "d\n e");
        EXPECT_EQ(found.body, "body" + end);
    }
    EXPECT_TRUE(split_content("").fields.empty());
}

/// Returns the fields as `NAME|VALUE;`, and the body.
std::string split(std::string const& message) {
    auto const found = split_content(message);
    std::string text;
    for (auto const& [name, value] : found.fields) text += name + '|' + value + ';';
    return text + found.body;
}

// tests/interop/test_testmta.py compares the same with Postfix and Sendmail.
TEST(Content, AValueIsAllThatFollowsTheColon) {
    EXPECT_EQ(split("Tight:tight\nTwo:  two\nTab:\ttab\nEmpty:\nBlank: \n"),
              "Tight|tight;Two|  two;Tab|\ttab;Empty|;Blank| ;");
    EXPECT_EQ(split("Fold:\n folded\nWide: a\n\tb\n"), "Fold|\n folded;Wide| a\n\tb;");
}

TEST(Content, BlanksBeforeTheColonAreNotPartOfTheName) {
    EXPECT_EQ(split("Sp : x\nTabbed\t: y\n"), "Sp| x;Tabbed| y;");
}

TEST(Content, ALineThatIsNotAFieldBeginsTheBody) {
    for (std::string const line :
         {"no colon", ": no name", "two words: x", " a fold of nothing", "\xc3\xa9: x"})
        EXPECT_EQ(split(line + "\nB: b\n\nmore\n"), line + "\nB: b\n\nmore\n");
    EXPECT_EQ(split("A: a\nno colon\nB: b\n"), "A| a;no colon\nB: b\n");
    EXPECT_EQ(split("A: a\nno colon"), "A| a;no colon");
}

TEST(Transcript, TM_092_DecodedFormAndHexAgree) {
    using namespace std::string_literals;
    transcript frames;
    frames.sent("\0\0\0\x04M<>\0\0\0\0\x01Q\0\0"s);
    frames.received('y', "550 x\0"s);
    auto const text = frames.format(transcript::everything, secrets({}));
    EXPECT_NE(text.find("> MAIL <>"), std::string::npos) << text;
    EXPECT_NE(text.find("> bytes that are not a whole frame"), std::string::npos) << text;
    EXPECT_NE(text.find("< REPLY 550 x\n"), std::string::npos) << text;
    EXPECT_NE(text.find("00 00 00 07 79 35 35 30 20 78 00"), std::string::npos) << text;
    EXPECT_EQ(frames.format(1, secrets({})).find("MAIL"), std::string::npos);
}

TEST(Transcript, FramesReadLikeTheirSteps) {
    using namespace std::string_literals;
    auto const sent = [](char letter, std::string const& payload) {
        return describe_frame(sender::mta, letter, payload);
    };
    EXPECT_EQ(sent('D', "Mi\0ID1\0{mail_addr}\0a@b\0"s), "MACRO MAIL i ID1 {mail_addr} a@b");
    EXPECT_EQ(sent('D', "H"), "MACRO HELO");
    EXPECT_EQ(sent('D', "?x\0y\0"s), "MACRO ? x y");
    EXPECT_EQ(sent('D', ""), "MACRO");
    EXPECT_EQ(sent('C',
                   "h\0004\x01\x02"
                   "192.0.2.1\0"s),
              "CONNECT h 192.0.2.1 port 258");
    EXPECT_EQ(sent('C', "h\0U"s), "CONNECT h unknown");
    EXPECT_EQ(sent('C', "h\0L\0\0/s\0"s), "CONNECT h unix:/s");
    EXPECT_EQ(sent('C', "h\0004"s), "CONNECT h 4");
}

TEST(Transcript, LongFramesAreCut) {
    auto const text = hex_dump(std::string(1000, 'x'), "");
    EXPECT_NE(text.find("... 1000 bytes in all\n"), std::string::npos);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 17);
}

}  // namespace
}  // namespace testmta::run
