#include "run/secrets.hpp"

#include <gtest/gtest.h>

#include "run/transcript.hpp"

namespace testmta::run {
namespace {

using namespace std::string_literals;

TEST(Secrets, TM_093_ValuesOfAMacroAreHiddenInBothForms) {
    secrets hidden({"auth_authen"});
    transcript frames;
    frames.sent(
        "\0\0\0\x18"
        "DM{auth_authen}\0alice\0\0"s.substr(0, 4) +
        "DM{auth_authen}\0alice\0"s);
    frames.sent("\0\0\0\x09Malice\0\0\0"s);
    frames.teach(hidden);
    auto const text = frames.format(transcript::everything, hidden);
    EXPECT_EQ(text.find("alice"), std::string::npos) << text;
    EXPECT_EQ(text.find("61 6c 69 63 65"), std::string::npos) << text;
    EXPECT_NE(text.find("2a 2a 2a 2a 2a"), std::string::npos) << text;
    EXPECT_NE(text.find("***"), std::string::npos) << text;
    EXPECT_EQ(hidden.hide_in("alice@b"), "***@b");
}

TEST(Secrets, OtherMacrosAreShown) {
    secrets hidden({"i"});
    hidden.learn('D', "M{auth_authen}\0alice\0"s);
    EXPECT_EQ(hidden.hide_in("alice"), "alice");
    hidden.learn('D', "Mi\0Q1\0"s);
    EXPECT_EQ(hidden.hide_in("Q1"), "***");
    hidden.learn('D', "Mi\0\0"s);  // an empty value hides nothing
    EXPECT_EQ(hidden.hide_in("x"), "x");
}

}  // namespace
}  // namespace testmta::run
