#include "log/logfmt.hpp"

#include <gtest/gtest.h>

#include <random>

using vouchd::logfmt_value;

namespace {

constexpr std::size_t ample = 1 << 20;

/// What a reader of the log does: the octets that were logged.
std::string decode(std::string_view logged) {
    if (!logged.starts_with('"')) return std::string(logged);
    logged = logged.substr(1, logged.size() - 2);
    std::string octets;
    for (std::size_t i = 0; i < logged.size(); ++i) {
        if (logged[i] != '\\') {
            octets += logged[i];
        } else if (logged[i + 1] == 'x') {
            octets += static_cast<char>(std::stoi(std::string(logged.substr(i + 2, 2)), nullptr, 16));
            i += 3;
        } else {
            octets += logged[++i];
        }
    }
    return octets;
}

}  // namespace

TEST(logfmt, bare_words_stay_bare) {
    EXPECT_EQ(logfmt_value("ann@example.org", ample), "ann@example.org");
    EXPECT_EQ(logfmt_value("", ample), "\"\"");
    EXPECT_EQ(logfmt_value("a=b", ample), "\"a=b\"");
}

// DM-082
TEST(logfmt, no_octet_can_begin_a_line_or_steer_a_terminal) {
    EXPECT_EQ(logfmt_value("550 no\r\nevent=decision", ample), "\"550 no\\x0d\\x0aevent=decision\"");
    EXPECT_EQ(logfmt_value(std::string_view("a\0\x1b[2J\x9b", 7), ample), "\"a\\x00\\x1b[2J\\x9b\"");
}

// DM-083
TEST(logfmt, every_uncut_value_is_read_back_octet_by_octet) {
    std::mt19937 chance(7);
    for (int round = 0; round != 2000; ++round) {
        std::string octets(chance() % 40, '\0');
        for (auto& octet : octets) octet = static_cast<char>(chance());
        auto const logged = logfmt_value(octets, ample);
        EXPECT_EQ(decode(logged), octets);
        for (unsigned char const c : logged) EXPECT_TRUE(c >= 0x20 && c <= 0x7e);
    }
}

// DM-085
TEST(logfmt, a_long_value_is_cut_between_escapes_and_says_how_much_is_missing) {
    EXPECT_EQ(logfmt_value("abcdefghij", 4), "\"abcd...(+6)\"");
    EXPECT_EQ(logfmt_value("abc\n\n\n", 6), "\"abc...(+3)\"");
}

TEST(logfmt, a_terminal_sees_escapes_only_as_text) {  // DM-031
    EXPECT_EQ(vouchd::escaped("\x1b[31mred\x07"), "\\x1b[31mred\\x07");
}
