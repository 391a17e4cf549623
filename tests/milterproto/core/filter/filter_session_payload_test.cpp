#include "milterproto/core/filter/filter_session.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "milterproto/support/conversation.hpp"
#include "milterproto/support/packets.hpp"

/// What the payloads of an MTA become (milter-protocol.md 1 to 4).
namespace milterproto {
namespace {

namespace step = core::step;
using test::converse;
using test::converse_agreed;
using test::wanting;

// ---- payloads ----

// MP-072, MP-073, MP-074, MP-075, MP-080
TEST(conversation, the_client_in_every_family) {
    converse_agreed(R"(
        = C client.example.org 4 47446 192.0.2.1
        > K
        ! close
        = C client.example.org 6 0 2001:db8::1
        > K
        ! close
        > C client.example.org 6 25 ipV6:2001:db8::1
        ! connect client.example.org 6 25 2001:db8::1
        < c
        > K
        ! close
        = C localhost L 0 /run/submission.sock
        > K
        ! close
        > frame C client.example.org\0U\x19whatever
        ! connect client.example.org U
        < c
    )");
}

// MP-076: Postfix says so of a client whose address XCLIENT called [UNAVAILABLE]
TEST(conversation, a_client_whose_address_is_none_has_no_address) {
    for (auto const* payload :
         {"4\\0\\0unknown\\0", "4\\0\\x19unknown\\0", "6\\0\\0unknown\\0", "6\\0\\0IPv6:unknown\\0",
          "4\\0\\x19\\0", "4\\0\\x19::1\\0", "6\\0\\x19192.0.2.1\\0", "4\\0\\x19192.0.2.256\\0"}) {
        converse_agreed(std::string("> frame C unknown\\0") + payload + R"(
            ! connect unknown U
            < c
            = M <a@example.org>
        )");
    }
}

// MP-025, MP-082, MP-083, MP-084, MP-086, MP-087, MP-090
TEST(conversation, strings_arrive_as_they_were_sent) {
    converse_agreed(R"(
        = H
        > frame M <>\0SIZE=1\0BODY=8BITMIME\0cut off
        ! mail <> SIZE=1 BODY=8BITMIME
        < c
        = R <\xc3\xa9\x01\xff@example.org>
        = L X-Empty
        = L X-Folded a\n b\n\tc
    )");
}

// MP-091
TEST(conversation, an_unknown_command_ends_at_the_first_nul_or_with_the_frame) {
    converse_agreed(R"(
        > frame U FOO\0BAR\0
        ! unknown FOO
        < c
        > frame U FOO BAR
        ! unknown FOO BAR
        < c
    )");
}

// MP-006, MP-024
TEST(conversation, a_body_of_65535_bytes_of_every_value) {
    std::string chunk;
    while (chunk.size() != limits::payload) chunk.push_back(static_cast<char>(chunk.size() * 7));
    core::filter_session session{core::filter_wishes()};
    auto const stream = packets::offer() + packets::mail() + packets::body(chunk);
    std::memcpy(session.input(stream.size()).data(), stream.data(), stream.size());
    session.received(stream.size());
    EXPECT_TRUE(std::holds_alternative<mail_event>(session.next()));
    session.answer(core::answer::proceed);
    auto const event = session.next();
    ASSERT_TRUE(std::holds_alternative<body_event>(event));
    EXPECT_EQ(std::get<body_event>(event).chunk, chunk);
}

// MP-008: what was agreed is obeyed in both directions
TEST(conversation, a_body_of_a_megabyte_in_one_chunk_each_way) {
    core::filter_wishes wishes;
    wishes.largest_payload = limits::payload_1m;
    wishes.required_actions = core::action::change_body;
    core::filter_session session(wishes);
    std::string const chunk(limits::payload_1m, 'x');
    auto const stream = packets::offer({6, core::action::all, step::all | step::chunks_1m}) +
                        packets::mail() + packets::body(chunk) + packets::end_of_message();
    std::memcpy(session.input(stream.size()).data(), stream.data(), stream.size());
    session.received(stream.size());
    EXPECT_TRUE(std::holds_alternative<mail_event>(session.next()));
    session.answer(core::answer::proceed);
    auto const body = session.next();
    ASSERT_TRUE(std::holds_alternative<body_event>(body));
    EXPECT_EQ(std::get<body_event>(body).chunk, chunk);
    session.answer(core::answer::proceed);
    ASSERT_TRUE(std::holds_alternative<eom_event>(session.next()));
    session.sent();
    ASSERT_TRUE(session.changes().replace_body(chunk));
    session.answer(core::answer::proceed);
    EXPECT_EQ(session.output(), packets::raw('b', chunk) + packets::raw('c'));
}

// ---- negotiation on the wire ----

// MP-028, MP-030, MP-031
TEST(negotiation_on_the_wire, versions_2_to_7) {
    for (int version = 2; version != 8; ++version) {
        auto const offered = std::to_string(version);
        auto const agreed = std::to_string(std::min(version, 6));
        converse("> O " + offered + " 1ff 1fffff\n< O " + agreed + " 0 0\n");
    }
    converse(R"(
        > frame O \0\0\0\x06\0\0\x01\xff\0\x1f\xff\xffsurplus
        < O 6 0 0
    )");
}

// MP-034, MP-038, MP-039
TEST(negotiation_on_the_wire, what_is_required_and_not_offered_ends_it) {
    core::filter_wishes wishes;
    wishes.required_actions = core::action::add_headers;
    converse("> O 6 2 1fffff\n! close: the MTA does not offer what the filter requires\n! finished\n",
             wishes);
    for (auto const required : {step::rejected_recipients, step::header_leading_space, step::skip}) {
        wishes.required_actions = 0;
        wishes.required_steps = required;
        converse("> O 6 1ff 7f\n! close: the MTA does not offer what the filter requires\n! finished\n",
                 wishes);
    }
}

// MP-049, MP-050, MP-053, MP-054
TEST(negotiation_on_the_wire, symbol_lists) {
    core::filter_wishes wishes;
    wishes.macros[static_cast<std::size_t>(core::macro_stage::end_of_message)] = "{msg_id} i";
    wishes.macros[static_cast<std::size_t>(core::macro_stage::connect)] = "j {client_addr}";
    wishes.macros[static_cast<std::size_t>(core::macro_stage::helo)] = "";
    converse(R"(
        > O 6 1ff 1fffff
        < O 6 100 0 0:"j {client_addr}" 1:"" 5:"{msg_id} i" 6:"{msg_id} i"
    )",
             wishes);
    converse("> O 6 ff 1fffff\n< O 6 0 0\n", wishes);
}

// MP-008, MP-009
TEST(negotiation_on_the_wire, a_larger_size_holds_for_that_connection) {
    auto wishes = wanting(0);
    wishes.largest_payload = limits::payload_256k;
    converse(R"(
        > O 6 1ff 301fffff
        < O 6 0 10000000
        > bytes \x00\x04\x00\x01
        ! close: a frame longer than agreed
        ! finished
    )",
             wishes);
    converse(
        "> O 6 1ff 301fffff\n< O 6 0 10000000\n> M <a>\n! mail <a>\n< c\n> bytes \\x00\\x04\\x00\\x00B\n",
        wishes);
    wishes.largest_payload = limits::payload_1m;
    converse(R"(
        > O 6 1ff 301fffff
        < O 6 0 20000000
        > bytes \x00\x10\x00\x01
        ! close: a frame longer than agreed
        ! finished
    )",
             wishes);
    converse(
        "> O 6 1ff 301fffff\n< O 6 0 20000000\n> M <a>\n! mail <a>\n< c\n> bytes \\x00\\x10\\x00\\x00B\n",
        wishes);
    converse(
        "> O 6 1ff 1fffff\n< O 6 0 0\n> bytes \\x00\\x01\\x00\\x01\n! close: a frame longer than agreed\n! "
        "finished\n",
        wishes);
}

// ---- macros in a session ----

// MP-103, MP-111, MP-112, MP-115, MP-116, MP-117
TEST(macros_in_a_session, their_life) {
    converse_agreed(R"(
        > D C j=mx.example.org
        > C client.example.org U
        ! connect client.example.org U
        ? j mx.example.org
        ? i
        < c
        > D H {tls_version}=TLSv1.3
        > H client.example.org
        ! helo client.example.org
        ? {tls_version} TLSv1.3
        < c
        > D M i=one {mail_addr}=a@example.org
        > M <a@example.org>
        ! mail <a@example.org>
        ? i one
        ? {i} one
        ? {mail_addr} a@example.org
        < c
        > D R {rcpt_addr}=b@example.org
        > R <b@example.org>
        ! rcpt <b@example.org>
        ? {rcpt_addr} b@example.org
        ? j mx.example.org
        < c
        > R <c@example.org>
        ! rcpt <c@example.org>
        ? {rcpt_addr} b@example.org
        < c
        > A
        ! abort
        ? i one
        > D M i=two
        > M <d@example.org>
        ! mail <d@example.org>
        ? i two
        ? {mail_addr}
        ? {rcpt_addr}
        ? {tls_version} TLSv1.3
        < c
        > Q
        ! abort
        ? i two
        ! close
        ? j mx.example.org
        ! finished
    )");
}

// MP-113, MP-114
TEST(macros_in_a_session, earlier_commands_make_later_sets_void) {
    converse_agreed(R"(
        > D M i=one
        = M <a@example.org>
        = R <b@example.org>
        > D T {data}=1
        > T
        ! data
        ? {data} 1
        < c
        > R <c@example.org>
        ! rcpt <c@example.org>
        ? {data}
        < c
        > H client.example.org
        ! abort
        ? i one
        ! helo client.example.org
        ? i
        < c
    )");
}

// MP-104, MP-105, MP-106, MP-107, MP-108
TEST(macros_in_a_session, odd_packets) {
    converse_agreed(R"(
        > D H
        > D H {a}=1 {b}=2
        > D H
        > D L {l}=1
        > D B {l}=1
        > D U {l}=1
        > D \x01 {l}=1
        > H x
        ! helo x
        ? {a} 1
        ? {b} 2
        ? {l}
        < c
        > D H {a}=3 {odd}
        > H x
        ! helo x
        ? {a} 3
        ? {b}
        ? {odd}
        < c
    )");
}

// MP-119
TEST(macros_in_a_session, macros_before_the_negotiation_are_discarded_by_it) {
    converse(R"(
        > D C j=early
        > O 6 1ff 1fffff
        < O 6 0 0
        > C client.example.org U
        ! connect client.example.org U
        ? j
        < c
    )");
}

}  // namespace
}  // namespace milterproto
