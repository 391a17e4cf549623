#include "smtpserver/core/reply.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "smtpserver/core/limits.hpp"

namespace smtpserver {
namespace {

std::string sent(reply const& what, reply_form form = {}) {
    return what.encode(form);
}

constexpr reply_form utf8{reply_form::status_codes::shown, reply_form::charset::utf8};
constexpr reply_form without_codes{reply_form::status_codes::hidden, reply_form::charset::ascii};

reply callback_with_code() {
    return 550;
}
reply callback_with_pair() {
    return std::pair(550, "5.1.1 nobody");
}
reply callback_with_braces() {
    return {451, "later"};
}

// SE-102
TEST(Reply, IsMadeOfWhatACallbackReturns) {
    EXPECT_EQ(sent(callback_with_code()), "550 5.0.0 Refused\r\n");
    EXPECT_EQ(sent(callback_with_pair()), "550 5.1.1 nobody\r\n");
    EXPECT_EQ(sent(callback_with_braces()), "451 4.3.0 later\r\n");
    EXPECT_EQ(sent(reply(std::pair(250, std::string("2.1.5 fine")))), "250 2.1.5 fine\r\n");
    EXPECT_EQ(sent(458), "458 4.0.0 Please try again later\r\n");
}

TEST(Reply, HasTheUsualEnhancedCodeOfItsCode) {
    constexpr std::pair<int, std::string_view> usual[] = {
        {235, "2.7.0"}, {250, "2.0.0"}, {251, "2.1.5"}, {252, "2.5.0"},  {421, "4.3.2"},
        {450, "4.2.0"}, {451, "4.3.0"}, {452, "4.3.1"}, {454, "4.7.0"},  {455, "4.5.4"},
        {500, "5.5.2"}, {501, "5.5.4"}, {502, "5.5.1"}, {503, "5.5.1"},  {504, "5.5.4"},
        {521, "5.3.2"}, {530, "5.7.0"}, {535, "5.7.8"}, {538, "5.7.11"}, {551, "5.1.6"},
        {552, "5.3.4"}, {553, "5.1.3"}, {554, "5.0.0"}, {555, "5.5.4"},  {556, "5.1.10"},
    };
    for (auto const& [code, status] : usual) EXPECT_EQ(reply(code).status(), status) << code;
}

// A bool is not a code: `return true` must not compile, and so a filter's "yes" is never a refusal.
static_assert(!std::is_convertible_v<bool, reply>);
static_assert(!std::is_convertible_v<double, reply>);

// SE-102: 0 is Pike's "nothing", and no code of SMTP.
TEST(Reply, TakesCodesThatSmtpDoesNotHaveForFaults) {
    for (int const code : {0, -1, 1, 199, 260, 600, 999, 1250}) {
        EXPECT_EQ(sent({code, "secret"}), "451 4.3.0 Internal error, please try again later\r\n") << code;
    }
    EXPECT_FALSE(reply(354).is_final());
    EXPECT_TRUE(reply(250).is_final());
}

TEST(Reply, GivesTheEnhancedCodeTheClassOfTheCode) {
    EXPECT_EQ(sent({450, "5.1.1 nobody"}), "450 4.1.1 nobody\r\n");
    EXPECT_EQ(sent({550, "4.96 is my version"}), "550 5.0.0 4.96 is my version\r\n");
    EXPECT_EQ(sent({550, "5.1.1000 x"}), "550 5.0.0 5.1.1000 x\r\n");
    EXPECT_EQ(sent({550, "5.7.1"}), "550 5.7.1 \r\n");
    EXPECT_EQ(sent({550, "5.7.1"}, without_codes), "550 \r\n");
    EXPECT_EQ(sent({550, "5.7.1 x"}, without_codes), "550 x\r\n");
}

// SE-131
TEST(Reply, HasACodeOnEachLineOrOnNone) {
    EXPECT_EQ(sent({550, "5.7.1 a\n5.7.1 b\nc"}), "550-5.7.1 a\r\n550-5.7.1 b\r\n550 5.7.1 c\r\n");
    EXPECT_EQ(sent(reply::without_status(250, "a\n5.7.1 b")), "250-a\r\n250 5.7.1 b\r\n");
    EXPECT_EQ(sent(reply(354)), "354 OK\r\n");
}

// SE-162
TEST(Reply, CannotMakeAnotherReply) {
    EXPECT_EQ(sent({550, "a\r\n250 ok"}), "550-5.0.0 a\r\n550 5.0.0 250 ok\r\n");
    EXPECT_EQ(sent({550, "a\rb\x01\x7f"}), "550 5.0.0 a?b??\r\n");
    EXPECT_EQ(sent({550, std::string_view("a\0b", 3)}), "550 5.0.0 a?b\r\n");
    EXPECT_EQ(sent({550, "\n\n"}), "550-5.0.0 \r\n550-5.0.0 \r\n550 5.0.0 \r\n");
}

TEST(Reply, HasLettersBeyondAsciiWhereTheClientCanReadThem) {
    EXPECT_EQ(sent({550, "\xc3\xa4"}), "550 5.0.0 ??\r\n");
    EXPECT_EQ(sent({550, "\xc3\xa4"}, utf8), "550 5.0.0 \xc3\xa4\r\n");
    EXPECT_EQ(sent({550, "\xc3"}, utf8), "550 5.0.0 ?\r\n");
}

TEST(Reply, BreaksLinesThatAreTooLong) {
    for (auto const& text : {std::string(3000, 'x'), [] {
                                 std::string all;
                                 for (int i = 0; i < 1000; ++i) all += "\xe2\x82\xac";
                                 return all;
                             }()}) {
        auto left = sent({550, text}, utf8);
        std::string joined;
        while (!left.empty()) {
            auto const end = left.find("\r\n");
            ASSERT_NE(end, left.npos);
            EXPECT_LE(end + 2, limits::reply_line);
            EXPECT_EQ(left[3], end + 2 == left.size() ? ' ' : '-');
            joined += left.substr(10, end - 10);
            left.erase(0, end + 2);
        }
        EXPECT_EQ(joined, text);
    }
}

TEST(Reply, HasABoundedNumberOfLines) {
    for (auto const& text : {std::string(100'000, '\n'), std::string(1'000'000, 'x')}) {
        auto const octets = sent({550, text});
        EXPECT_EQ(std::ranges::count(octets, '\n'), static_cast<std::ptrdiff_t>(limits::reply_lines));
        auto const last = octets.rfind('\n', octets.size() - 2) + 1;
        EXPECT_EQ(octets[last + 3], ' ');
    }
}

TEST(Reply, ClosesTheConnectionWhereItSaysSo) {
    EXPECT_TRUE(reply(421).closes());
    EXPECT_TRUE(reply(521).closes());
    EXPECT_FALSE(reply(550).closes());
    EXPECT_TRUE(reply(550).then_close().closes());
}

}  // namespace
}  // namespace smtpserver
