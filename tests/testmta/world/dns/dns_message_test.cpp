#include "world/dns/dns_message.hpp"

#include <gtest/gtest.h>

namespace testmta::world::dns {
namespace {

using namespace std::string_literals;

std::string const header = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"s;
std::string const question =
    "\x01"
    "A\x07"
    "eXample\x00\x00\x0f\x00\x01"s;
std::string const opt = "\x00\x00\x29\x10\x00\x00\x00\x00\x00\x00\x00"s;

std::string with_counts(std::string message, char questions, char additional) {
    message[5] = questions;
    message[11] = additional;
    return message;
}

TEST(DnsMessage, ReadsAQuery) {
    auto const found = read_query(header + question);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->problem, response_code::no_error);
    EXPECT_EQ(found->id, 0x1234);
    EXPECT_TRUE(found->recursion_desired);
    EXPECT_EQ(found->name, "a.example");
    EXPECT_EQ(found->question, question);
    EXPECT_EQ(found->type, 15);
    EXPECT_EQ(found->udp_limit, 512u);
}

TEST(DnsMessage, ReadsTheSizeThatIsOffered) {
    auto const found = read_query(with_counts(header + question + opt, 1, 1));
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->extended);
    EXPECT_EQ(found->udp_limit, 4096u);
}

TEST(DnsMessage, EveryTruncationIsSurvived) {
    auto const whole = with_counts(header + question + opt, 1, 1);
    for (std::size_t size = 0; size != whole.size(); ++size) {
        auto const found = read_query(whole.substr(0, size));
        EXPECT_EQ(found.has_value(), size >= header.size()) << size;
        auto const broken = size < header.size() + question.size();
        if (!found) continue;
        EXPECT_EQ(found->problem == response_code::format_error, broken) << size;
    }
}

TEST(DnsMessage, RefusesWhatIsNotAQuery) {
    auto answer = header + question;
    answer[2] = static_cast<char>(0x81);
    EXPECT_FALSE(read_query(answer));  // otherwise two servers would answer each other for ever
    auto notify = header + question;
    notify[2] = 0x20;
    EXPECT_EQ(read_query(notify)->problem, response_code::not_implemented);
    EXPECT_EQ(read_query(with_counts(header + question, 2, 0))->problem, response_code::format_error);
    auto chaos = header + question;
    chaos.back() = 3;
    EXPECT_EQ(read_query(chaos)->problem, response_code::refused);
    EXPECT_EQ(read_query(header + "\xc0\x0c\x00\x0f\x00\x01"s)->problem, response_code::format_error);
    EXPECT_EQ(read_query(header + std::string(300, '\x01') + question)->problem, response_code::format_error);
}

TEST(DnsMessage, WritesAnAnswer) {
    auto const asked = *read_query(header + question);
    response what;
    what.answers.push_back({"a.example", record_type::mx, 60, mx_data(10, "m.b")});
    EXPECT_EQ(write_response(asked, what, 512),
              "\x12\x34\x85\x80\x00\x01\x00\x01\x00\x00\x00\x00"s + question +
                  "\x01"
                  "a\x07"
                  "example\x00\x00\x0f\x00\x01\x00\x00\x00\x3c\x00\x07\x00\x0a\x01"
                  "m\x01"
                  "b\x00"s);
}

TEST(DnsMessage, AnAnswerOverTheLimitIsCutAndSaysSo) {
    auto const asked = *read_query(header + question);
    response what;
    for (int i = 0; i != 40; ++i)
        what.answers.push_back({"a.example", record_type::mx, 60, mx_data(10, "m.b")});
    auto const cut = write_response(asked, what, 512);
    EXPECT_EQ(cut, "\x12\x34\x87\x80\x00\x01\x00\x00\x00\x00\x00\x00"s + question);
    EXPECT_GT(write_response(asked, what, tcp_limit).size(), 512u);
}

TEST(DnsMessage, AnExtendedQueryGetsAnExtendedAnswer) {
    auto const asked = *read_query(with_counts(header + question + opt, 1, 1));
    auto const answer = write_response(asked, {}, 512);
    EXPECT_EQ(answer[11], 1);
    EXPECT_EQ(answer.substr(answer.size() - 11, 3), "\x00\x00\x29"s);
}

TEST(DnsMessage, WritesData) {
    EXPECT_EQ(name_data(""), "\0"s);
    EXPECT_EQ(mx_data(0, ""), "\0\0\0"s);
    EXPECT_EQ(address_data(boost::asio::ip::make_address("192.0.2.1")), "\xc0\x00\x02\x01"s);
    EXPECT_EQ(address_data(boost::asio::ip::make_address("::1")).size(), 16u);
    EXPECT_EQ(text_data(""), "\0"s);
    EXPECT_EQ(text_data(std::string(300, 'x')),
              '\xff' + std::string(255, 'x') + '\x2d' + std::string(45, 'x'));
}

TEST(DnsMessage, Names) {
    EXPECT_EQ(normal_name("A.Example."), "a.example");
    EXPECT_EQ(normal_name("."), "");
    EXPECT_EQ(normal_name("_25._tcp.x"), "_25._tcp.x");
    EXPECT_TRUE(normal_name(std::string(63, 'a')));
    for (auto const& wrong : {"a..b"s, ".a"s, "a b"s, "\xc3\xbc"s, std::string(64, 'a'),
                              std::string(127, 'a').append("."), "a.b.."s}) {
        EXPECT_FALSE(normal_name(wrong)) << wrong;
    }
}

}  // namespace
}  // namespace testmta::world::dns
