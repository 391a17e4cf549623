#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "milterproto/core/mta/mta_frames.hpp"
#include "milterproto/core/mta/mta_session.hpp"
#include "milterproto/support/mta_conversation.hpp"

/// The content of a message on its way to a filter (milter-protocol.md 1.4, 2.5, 5.8).
namespace milterproto {
namespace {

namespace step = core::step;
using namespace std::string_literals;
using core::sendmail;
using test::mta_converse_agreed;

std::string behind_data(std::string const& rest) {
    return R"(
        $ mail <a@example.org>
        > D M
        > M <a@example.org>
        < c
        ! M c
        $ rcpt <b@example.org>
        > D R
        > R <b@example.org>
        < c
        ! R c
        = data
        )" +
           rest;
}

// MP-094, MP-095
TEST(mta_content, one_leading_blank_is_eaten_and_never_a_tab) {
    auto const fields = R"(
        $ header Subject \x20x
        > L Subject x
        < c
        ! L c
        = header Subject x
        $ header X-Two \x20\x20x
        > L X-Two  x
        < c
        ! L c
        = header X-Tab \tx
        $ header X-Empty
        > L X-Empty )";
    mta_converse_agreed(sendmail(), behind_data(fields + "\n"s));
}

// MP-094
TEST(mta_content, leading_space_is_kept_if_agreed) {
    mta_converse_agreed(sendmail(), behind_data(R"(
        $ header Subject \x20x
        > L Subject  x
        < c
        ! L c
        = header Subject x
        = header X-Tab \tx
    )"),
                        step::header_leading_space);
}

TEST(mta_content, folded_lines_are_parted_by_LF) {
    mta_converse_agreed(sendmail(), behind_data(R"(
        $ header X a\r\n\tb\n\x20c\rd\r
        > L X a\n\tb\n c\rd\r
    )"));
}

// MP-100
TEST(mta_content, without_headers_and_without_body) {
    mta_converse_agreed(sendmail(), behind_data(R"(
        $ content
        > N
        < c
        > D E
        > E
        < c
        ! E c
    )"));
}

// MP-099
TEST(mta_content, with_both) {
    mta_converse_agreed(sendmail(), behind_data(R"(
        $ field Subject:\x20hello
        $ field X:y
        $ text hi\n
        $ content
        > L Subject hello
        < c
        > L X y
        < c
        > N
        < c
        > B hi\r\n
        < c
        > D E
        > E
        < c
        ! E c
    )"));
}

// MP-069
TEST(mta_content, is_written_at_once_if_nothing_is_answered) {
    mta_converse_agreed(sendmail(), behind_data(R"(
        $ field Subject:\x20hello
        $ text hi\n
        $ content
        > L Subject hello
        > N
        > B hi\r\n
        > D E
        > E
        < c
        ! E c
    )"),
                        step::no_reply_header | step::no_reply_end_of_headers | step::no_reply_body);
}

TEST(mta_content, what_is_declined_is_left_out) {
    mta_converse_agreed(sendmail(), behind_data(R"(
        $ field Subject:\x20hello
        $ text hi\n
        $ content
        > D E
        > E
        < c
        ! E c
    )"),
                        step::no_headers | step::no_end_of_headers | step::no_body);
}

TEST(mta_content, a_verdict_ends_it) {
    mta_converse_agreed(sendmail(), behind_data(R"(
        $ field Subject:\x20hello
        $ text hi\n
        $ content
        > L Subject hello
        < y 550 5.7.1 no
        ! L y 550 5.7.1 no
        $ content => withheld
        $ mail <c@example.org>
        > D M
        > M <c@example.org>
    )"));
}

TEST(mta_content, after_a_decision_there_is_none) {
    mta_converse_agreed(sendmail(), R"(
        $ mail <a@example.org>
        > D M
        > M <a@example.org>
        < a
        ! M a
        $ text hi\n
        $ content => withheld
        $ mail <c@example.org>
        > D M
        > M <c@example.org>
    )");
}

// MP-212
TEST(mta_content, skip_ends_the_body) {
    auto const script = behind_data(R"(
        $ body one
        > B one
        < s
        ! B s
        $ body two => withheld
        $ eom
        > D E
        > E
        < c
        ! E c
        $ mail <c@example.org>
        > D M
        > M <c@example.org>
        < c
        ! M c
        $ rcpt <b@example.org>
        > D R
        > R <b@example.org>
        < c
        ! R c
        = data
        = body three
    )");
    mta_converse_agreed(sendmail(), script, step::skip);
    auto postfix = core::postfix();
    postfix.macros = sendmail().macros;
    postfix.order = sendmail().order;
    mta_converse_agreed(postfix, script, step::skip);
}

// MP-023
TEST(mta_content, an_empty_piece_of_body_is_not_sent) {
    mta_converse_agreed(sendmail(), behind_data("$ body => withheld\n= body x\n"));
}

/// What a session writes for a body, cut into frames.
std::vector<std::string> chunks_of(std::string_view body, std::size_t limit) {
    core::body_cutter cutter(body);
    std::vector<std::string> chunks;
    while (!cutter.is_done()) {
        std::string frame;
        cutter.append_chunk(frame, limit);
        std::size_t length = 0;
        for (char const byte : frame.substr(0, 4)) length = length * 256 + static_cast<unsigned char>(byte);
        EXPECT_EQ(length, frame.size() - 4);
        EXPECT_EQ(frame[4], 'B');
        chunks.push_back(frame.substr(5));
    }
    return chunks;
}

std::string joined(std::vector<std::string> const& chunks) {
    std::string all;
    for (auto const& one : chunks) all += one;
    return all;
}

// MP-097
TEST(mta_content, chunks_are_full_but_the_last) {
    auto const chunks = chunks_of(std::string(200000, 'x'), limits::payload);
    ASSERT_EQ(chunks.size(), 4u);
    EXPECT_EQ(chunks[0].size(), 65535u);
    EXPECT_EQ(chunks[1].size(), 65535u);
    EXPECT_EQ(chunks[2].size(), 65535u);
    EXPECT_EQ(chunks[3].size(), 3395u);
    EXPECT_EQ(chunks_of(std::string(65535, 'x'), limits::payload).size(), 1u);
    EXPECT_EQ(chunks_of(std::string(65536, 'x'), limits::payload).size(), 2u);
}

// MP-098
TEST(mta_content, a_bare_LF_becomes_CRLF_wherever_a_chunk_ends) {
    auto const body = "a\nb\r\nc\r\rd\n\n\r\n\r"s;
    auto const sent = "a\r\nb\r\nc\r\rd\r\n\r\n\r\n\r"s;
    for (std::size_t limit = 1; limit != sent.size() + 2; ++limit) {
        auto const chunks = chunks_of(body, limit);
        EXPECT_EQ(joined(chunks), sent) << limit;
        for (std::size_t i = 0; i + 1 < chunks.size(); ++i) EXPECT_EQ(chunks[i].size(), limit);
        EXPECT_EQ(chunks.size(), (sent.size() + limit - 1) / limit) << "no chunk is empty";
    }
}

// MP-024
TEST(mta_content, bodies_carry_every_byte) {
    std::string every;
    for (int byte = 0; byte != 256; ++byte) {
        if (byte != '\n') every.push_back(static_cast<char>(byte));
    }
    EXPECT_EQ(joined(chunks_of(every, limits::payload)), every);
    core::mta_session mta(sendmail());
    mta.insist().body(every + '\n');
    EXPECT_EQ(std::string(mta.output()).substr(5), every + '\n');
}

/// A session that waits for nothing, and its body after DATA.
void agree(core::mta_session& mta, std::uint32_t steps) {
    auto const feed = [&](std::string const& bytes) {
        std::memcpy(mta.input(bytes.size()).data(), bytes.data(), bytes.size());
        mta.received(bytes.size());
        (void)mta.next();
        mta.sent(mta.output().size());
    };
    mta.begin();
    mta.sent(mta.output().size());
    std::string agreement = "\0\0\0\x0dO\0\0\0\x06\0\0\0\0"s;
    for (int shift = 24; shift >= 0; shift -= 8)
        agreement.push_back(static_cast<char>(steps >> shift & 0xff));
    feed(agreement);
    mta.mail("<a@example.org>");
    mta.rcpt("<b@example.org>");
    mta.data();
    mta.sent(mta.output().size());
}

TEST(mta_content, a_large_one_is_written_as_room_allows) {
    core::mta_session mta(sendmail());
    agree(mta, step::all_no_reply);
    std::string const body(3'000'000, 'x');
    core::header_view const headers[] = {{"Subject", " x"}};
    ASSERT_EQ(mta.content(headers, body), core::issued::awaits_answer);
    std::size_t written = 0;
    std::size_t most = 0;
    while (!mta.output().empty()) {
        most = std::max(most, mta.output().size());
        written += mta.output().size();
        mta.sent(mta.output().size());
        EXPECT_TRUE(std::holds_alternative<core::need_io>(mta.next()));
    }
    EXPECT_TRUE(mta.reply_due());
    EXPECT_GT(written, body.size());
    EXPECT_LT(most, 400'000u);
}

TEST(mta_content, larger_chunks_if_offered_and_agreed) {
    for (auto const& [bit, size] : {std::pair(step::chunks_256k, limits::payload_256k),
                                    std::pair(step::chunks_1m, limits::payload_1m)}) {
        auto as = sendmail();
        as.negotiation.offer.steps |= bit;
        core::mta_session mta(as);
        agree(mta, step::all_no_reply | bit);
        std::string const body(2'000'000, 'x');
        mta.content({}, body);
        auto const at = mta.output().find('B');
        EXPECT_EQ(mta.output().substr(at + 1, size), body.substr(0, size));
        EXPECT_NE(mta.output().substr(at + 1, size + 1), body.substr(0, size + 1));
    }
}

TEST(mta_content, a_header_too_long_for_a_frame) {
    std::string const value(70'000, 'x');
    core::mta_session of_sendmail(sendmail());
    agree(of_sendmail, step::all_no_reply);
    EXPECT_EQ(of_sendmail.header("X", value), core::issued::withheld);
    auto const event = of_sendmail.next();
    ASSERT_TRUE(std::holds_alternative<core::filter_failed>(event));
    EXPECT_EQ(std::get<core::filter_failed>(event).why, errc::command_too_long);
    EXPECT_TRUE(of_sendmail.output().empty());

    core::mta_session of_postfix(core::postfix());
    agree(of_postfix, step::all_no_reply);
    EXPECT_EQ(of_postfix.header("X", value), core::issued::unanswered);
    EXPECT_GT(of_postfix.output().size(), value.size());
}

}  // namespace
}  // namespace milterproto
