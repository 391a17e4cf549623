#include "callout/reply.hpp"

#include <gtest/gtest.h>

#include <random>

using namespace callout;
using namespace callout::core;

namespace {

struct flag_name {
    reply_oddity flag;
    std::string_view name;
};
constexpr flag_name flag_names[] = {
    {reply_oddity::bare_lf, "bare_lf"},
    {reply_oddity::code_changes, "code_changes"},
    {reply_oddity::enhanced_mixed, "enhanced_mixed"},
    {reply_oddity::enhanced_class_mismatch, "enhanced_class_mismatch"},
    {reply_oddity::enhanced_malformed, "enhanced_malformed"},
    {reply_oddity::control_bytes, "control_bytes"},
    {reply_oddity::eight_bit, "eight_bit"},
    {reply_oddity::teaser, "teaser"},
};

/// "550 5.1.1 [5.1.1 first|second] bare_lf"
std::string shown(reply const& r) {
    auto text = std::to_string(r.code) + ' ' + (r.enhanced ? r.enhanced->to_string() : "-") + " [";
    for (auto between = ""; auto const line : r.lines) text += std::exchange(between, "|") + printable(line);
    text += ']';
    for (auto const& [flag, name] : flag_names) {
        if (includes(r.oddities, flag)) text += ' ' + std::string(name);
    }
    return text;
}

/// Everything that comes out of the reader until it wants more or gives up.
void drain(reply_reader& reader, std::vector<std::string>& out, reply_place where) {
    while (true) {
        auto const next = reader.next(where);
        if (!next && !out.empty() && out.back() == next.error().message()) return;
        if (!next) return out.push_back(next.error().message());
        if (!*next) return;
        out.push_back(shown(**next));
    }
}

std::vector<std::string> read_in_pieces(std::string_view bytes, std::vector<std::size_t> const& sizes,
                                        reply_limits limits = {}, reply_place where = reply_place::later) {
    reply_reader reader(limits);
    std::vector<std::string> out;
    for (std::size_t i = 0; !bytes.empty(); ++i) {
        auto const size = std::min(sizes[i % sizes.size()], bytes.size());
        reader.feed(bytes.substr(0, size));
        bytes.remove_prefix(size);
        drain(reader, out, where);
    }
    return out;
}

std::string error(errc e) {
    return make_error_code(e).message();
}

struct reply_case {
    std::string_view name;  ///< with the assertion that it proves
    std::string_view bytes;
    std::vector<std::string> expected;
};

void PrintTo(reply_case const& c, std::ostream* out) {
    *out << c.name;
}

using namespace std::string_view_literals;

std::vector<reply_case> const known_replies = {
    {"one_line", "220 mx.example.org ESMTP\r\n", {"220 - [mx.example.org ESMTP]"}},
    {"several_lines", "250-a\r\n250-b\r\n250 c\r\n", {"250 - [a|b|c]"}},
    {"code_alone_SE_077", "250\r\n", {"250 - []"}},                                            // SE-077
    {"bare_last_line_SE_078", "250-a\r\n250\r\n", {"250 - [a|]"}},                             // SE-078
    {"several_replies_in_one_read_SE_086", "250 a\r\n550 b\r\n", {"250 - [a]", "550 - [b]"}},  // SE-086
    {"enhanced_code", "550 5.1.1 no such user\r\n", {"550 5.1.1 [5.1.1 no such user]"}},
    {"enhanced_code_on_each_line", "550-5.1.1 a\r\n550 5.1.1 b\r\n", {"550 5.1.1 [5.1.1 a|5.1.1 b]"}},
    {"enhanced_code_alone", "250 2.1.0\r\n", {"250 2.1.0 [2.1.0]"}},
    {"bare_lf_ends_a_line_CO_102", "250-a\n250 b\r\n", {"250 - [a|b] bare_lf"}},                 // CO-102
    {"bare_cr_ends_no_line_CO_106", "550 no\r250 ok\r\n", {"550 - [no?250 ok] control_bytes"}},  // CO-106
    {"last_code_of_a_class_counts_CO_101", "250-a\r\n251 b\r\n", {"251 - [a|b] code_changes"}},  // CO-101
    {"other_class_is_an_error_CO_101",
     "250-a\r\n550 b\r\n",
     {error(errc::reply_code_changes)}},  // CO-101, SE-080
    {"missing_triplet_SE_081",
     "550-5.1.1 a\r\n550 b\r\n",
     {"550 5.1.1 [5.1.1 a|b] enhanced_mixed"}},                                                     // SE-081
    {"late_triplet_SE_081", "550-a\r\n550 5.1.1 b\r\n", {"550 5.1.1 [a|5.1.1 b] enhanced_mixed"}},  // SE-081
    {"differing_triplets_SE_081",                                                                   // SE-081
     "550-5.1.1 a\r\n550 5.2.1 b\r\n",
     {"550 5.1.1 [5.1.1 a|5.2.1 b] enhanced_mixed"}},
    {"class_mismatch_SE_082", "550 4.1.1 x\r\n", {"550 4.1.1 [4.1.1 x] enhanced_class_mismatch"}},  // SE-082
    {"triplet_of_two", "550 5.1 x\r\n", {"550 - [5.1 x] enhanced_malformed"}},
    {"triplet_with_long_number", "550 5.1.1000 x\r\n", {"550 - [5.1.1000 x] enhanced_malformed"}},
    {"triplet_with_leading_zero", "550 5.01.1 x\r\n", {"550 - [5.01.1 x] enhanced_malformed"}},
    {"odd_second_digit", "299 fine\r\n", {"299 - [fine]"}},
    {"preliminary_line_is_skipped", "100-wait\r\n250 ok\r\n", {"250 - [ok]"}},
    {"preliminary_reply_CO_100", "150 wait\r\n", {error(errc::reply_code_out_of_range)}},  // CO-100
    {"code_000_CO_100", "000 x\r\n", {error(errc::reply_code_out_of_range)}},              // CO-100
    {"code_600_CO_100", "600 x\r\n", {error(errc::reply_code_out_of_range)}},              // CO-100
    {"no_separator_SE_079", "250ok\r\n", {error(errc::reply_no_separator)}},               // SE-079
    {"four_digits", "2500 x\r\n", {error(errc::reply_no_separator)}},
    {"tab_is_not_a_separator", "250\tok\r\n", {error(errc::reply_no_separator)}},
    {"words_CO_099", "hello\r\n", {error(errc::reply_not_numeric)}},                  // CO-099, SE-079
    {"empty_line_SE_079", "\r\n", {error(errc::reply_not_numeric)}},                  // SE-079
    {"http_Z075", "HTTP/1.1 400 Bad Request\r\n", {error(errc::reply_not_numeric)}},  // SE-079
    {"ssh_Z075", "SSH-2.0-OpenSSH_9.2\r\n", {error(errc::reply_not_numeric)}},
    {"tls_record_Z076", "\x15\x03\x01\x00\x02\x02\x0a"sv, {error(errc::reply_not_numeric)}},
    {"nul_and_escape_CO_105", "550 a\0b\x1b[2J\r\n"sv, {"550 - [a?b?[2J] control_bytes"}},  // CO-105
    {"eight_bit_CO_105", "550 \xff\xc3\xa9\r\n", {"550 - [???] eight_bit"}},                // CO-105
    {"nothing_after_an_error", "hello\r\n250 ok\r\n", {error(errc::reply_not_numeric)}},
    {"unfinished_is_nothing", "250-a\r\n250 b", {}},
};

struct reply_cases : ::testing::TestWithParam<reply_case> {};

}  // namespace

TEST(reply_reader, last_line_of_a_greeting_decides) {  // CO-194, SE-174
    struct {
        std::string_view bytes, expected;
    } const all[] = {
        {"220-mx.example ESMTP\r\n521 5.7.1 Service unavailable; client [192.0.2.1] blocked\r\n",
         "521 5.7.1 [mx.example ESMTP|5.7.1 Service unavailable; client [192.0.2.1] blocked] teaser"},
        {"220-mx.example ESMTP\r\n220-wait\r\n421 4.3.2 All server ports are busy\r\n",
         "421 4.3.2 [mx.example ESMTP|wait|4.3.2 All server ports are busy] teaser"},
        {"220-2.0.0 mx.example\r\n554 no\r\n", "554 - [2.0.0 mx.example|no] teaser"},
        {"521-mx.example\r\n220 mx.example ESMTP\r\n", "220 - [mx.example|mx.example ESMTP] teaser"},
        {"220-mx.example\r\n250 mx.example\r\n", "250 - [mx.example|mx.example] code_changes"},
    };
    for (auto const& [bytes, expected] : all) {
        std::vector<std::string> const one{std::string(expected)};
        EXPECT_EQ(read_in_pieces(bytes, {bytes.size()}, {}, reply_place::greeting), one);
        EXPECT_EQ(read_in_pieces(bytes, {1}, {}, reply_place::greeting), one);
        EXPECT_EQ(read_in_pieces(bytes, {bytes.find('\n') + 1, bytes.size()}, {}, reply_place::greeting),
                  one);
    }
}

TEST(reply_reader, greeting_may_be_a_code_alone) {
    EXPECT_EQ(read_in_pieces("220-a\r\n220\r\n", {1}, {}, reply_place::greeting),
              std::vector<std::string>{"220 - [a|]"});
}

TEST_P(reply_cases, read_the_same_in_any_pieces) {  // SE-085
    auto const& c = GetParam();
    EXPECT_EQ(read_in_pieces(c.bytes, {c.bytes.size()}), c.expected) << "whole";
    EXPECT_EQ(read_in_pieces(c.bytes, {1}), c.expected) << "byte by byte";
    std::mt19937 chance(1);
    for (int round = 0; round < 50; ++round) {
        std::vector<std::size_t> sizes(5);
        for (auto& size : sizes) size = 1 + chance() % 7;
        EXPECT_EQ(read_in_pieces(c.bytes, sizes), c.expected);
    }
}

INSTANTIATE_TEST_SUITE_P(, reply_cases, ::testing::ValuesIn(known_replies),
                         [](auto const& one) { return std::string(one.param.name); });

TEST(reply_reader, line_at_the_limit_is_read_and_beyond_it_is_not) {  // SE-083
    reply_limits limits;
    limits.line = 10;
    for (auto const* end : {"\r\n", "\n"}) {
        auto const fits = "250 " + std::string(6, 'x') + end;
        auto const too_long = "250 " + std::string(7, 'x') + end;
        for (auto const size : {std::size_t(1), std::size_t(100)}) {
            EXPECT_NE(read_in_pieces(fits, {size}, limits).front(), error(errc::reply_line_too_long));
            EXPECT_EQ(read_in_pieces(too_long, {size}, limits).front(), error(errc::reply_line_too_long));
        }
    }
}

TEST(reply_reader, lines_at_the_limit_are_read_and_beyond_it_are_not) {  // SE-083
    reply_limits limits;
    limits.lines = 3;
    EXPECT_EQ(read_in_pieces("250-a\r\n250-b\r\n250 c\r\n", {100}, limits).front(), "250 - [a|b|c]");
    EXPECT_EQ(read_in_pieces("250-a\r\n250-b\r\n250-c\r\n250 d\r\n", {100}, limits).front(),
              error(errc::reply_too_many_lines));
}

TEST(reply_reader, skipped_lines_count_too) {
    reply_limits limits;
    limits.lines = 3;
    EXPECT_EQ(read_in_pieces("100-a\r\n100-b\r\n100-c\r\n250 d\r\n", {100}, limits).front(),
              error(errc::reply_too_many_lines));
}

TEST(reply_reader, endless_reply_ends) {  // CO-104, SE-084
    std::string endless;
    for (int i = 0; i < 10000; ++i) endless += "220-more\r\n";
    EXPECT_EQ(read_in_pieces(endless, {4096}), std::vector{error(errc::reply_too_many_lines)});
}

TEST(reply_reader, session_has_a_bound_over_all_replies) {
    std::string many;
    while (many.size() < 70000) many += "250 ok\r\n";
    for (auto const size : {std::size_t(1), std::size_t(4096), many.size()}) {
        auto const out = read_in_pieces(many, {size});
        EXPECT_EQ(out.size(), 65536u / 8 + 1);
        EXPECT_EQ(out.back(), error(errc::reply_too_big));
    }
}

TEST(reply_reader, endless_line_ends_with_bounded_memory) {  // CO-103, Z079
    std::string const megabyte(1 << 20, 'x');
    EXPECT_EQ(read_in_pieces(megabyte, {1 << 20}), std::vector{error(errc::reply_line_too_long)});
    EXPECT_EQ(read_in_pieces(megabyte, {1000}), std::vector{error(errc::reply_line_too_long)});
}

TEST(reply_reader, keeps_no_more_of_a_line_than_it_may) {
    reply_reader reader;
    reader.feed("250 " + std::string(1000, 'x') + "\r\n");
    EXPECT_EQ(reader.next().value().value().lines.front().size(), 512u);
}

TEST(reply_reader, tells_whether_bytes_follow_a_reply) {  // CO-048
    reply_reader reader;
    reader.feed("220 go\r\n");
    EXPECT_TRUE(reader.next().value().has_value());
    EXPECT_FALSE(reader.has_leftover());
    reader.feed("220 go\r\n250 injected\r\n");
    EXPECT_TRUE(reader.next().value().has_value());
    EXPECT_TRUE(reader.has_leftover());
}

TEST(reply,
     text_has_every_line_with_its_code_and_no_line_of_the_peers_making) {  // CO-105, CO-106, CO-107, SE-090
    reply const r(550, std::nullopt, {"first\r\n250 ok", "second\x1b"});
    EXPECT_EQ(r.text(), "550-first??250 ok\r\n550 second?");
    EXPECT_EQ(r.first_line(), "550-first??250 ok");
}

TEST(reply_reader, shows_the_beginning_of_what_it_could_not_read) {
    reply_reader reader;
    reader.feed("220 hello\r\n" + std::string(200, 'x') + "\r\n");
    EXPECT_TRUE(reader.next().value().has_value());
    EXPECT_TRUE(reader.next().has_error());
    EXPECT_EQ(reader.rejected(), std::string(128, 'x'));
}
