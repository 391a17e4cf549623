#include "milterproto/core/filter/filter_session.hpp"

#include <gtest/gtest.h>

#include "milterproto/support/conversation.hpp"

/// Whatever an MTA must not send: it ends its own connection, with abort and close where they are due, and
/// with the cause in words (milter-protocol.md 1.3, 5.4).
namespace milterproto {
namespace {

using test::converse;
using test::converse_agreed;

// ---- out of order ----

// MP-161
TEST(bad_input, a_header_after_the_end_of_headers) {
    converse_agreed(R"(
        = M <a@example.org>
        = N
        > L Subject x
        ! abort
        ! close: a command out of order
        ! finished
    )");
    converse_agreed(R"(
        = M <a@example.org>
        = B x
        > L Subject x
        ! abort
        ! close: a command out of order
        ! finished
    )");
}

TEST(bad_input, a_recipient_after_the_headers_began) {
    converse_agreed(R"(
        = M <a@example.org>
        = L Subject x
        > R <b@example.org>
        ! abort
        ! close: a command out of order
        ! finished
    )");
}

// MP-163
TEST(bad_input, a_second_connect) {
    converse_agreed(R"(
        = C one.example.org U
        > C two.example.org U
        ! close: a command out of order
        ! finished
    )");
}

// MP-163
TEST(bad_input, a_connect_after_the_conversation_began) {
    converse_agreed(R"(
        = H client.example.org
        > C late.example.org U
        ! close: a command out of order
        ! finished
    )");
    converse_agreed(R"(
        = M <a@example.org>
        > C late.example.org U
        ! abort
        ! close: a command out of order
        ! finished
    )");
}

// MP-164, MP-017
TEST(bad_input, commands_before_the_negotiation) {
    for (auto const* command : {"C x U", "H x", "M <a>", "R <b>", "T", "L a b", "N", "B x", "E", "U x"}) {
        converse(std::string("> ") + command + R"(
            ! close: a command out of order
            ! finished
        )");
    }
}

// MP-055
TEST(bad_input, a_second_negotiation) {
    converse_agreed(R"(
        = M <a@example.org>
        > O 6 1ff 1fffff
        ! abort
        ! close: a command out of order
        ! finished
    )");
    converse_agreed(R"(
        > K
        ! close
        > O 6 1ff 1fffff
        ! finished
    )");
}

// ---- what is not a frame ----

// MP-004
TEST(bad_input, a_frame_of_length_0) {
    converse_agreed(R"(
        = M <a@example.org>
        > bytes \x00\x00\x00\x00
        ! abort
        ! close: a frame of length 0
        ! finished
        > H must.not.be.seen
    )");
}

// MP-005
TEST(bad_input, a_length_with_the_top_bit_set) {
    converse_agreed(R"(
        > bytes \x80\x00\x00\x01
        ! close: a frame longer than agreed
        ! finished
    )");
}

// MP-007
TEST(bad_input, a_payload_of_65536_is_refused_before_it_is_read) {
    converse_agreed(R"(
        = M <a@example.org>
        > bytes \x00\x01\x00\x01
        ! abort
        ! close: a frame longer than agreed
        ! finished
    )");
}

TEST(bad_input, text_where_milter_should_be) {
    for (auto const* text : {"GET / HTTP/1.0\\r\\n\\r\\n", "EHLO x\\r\\n", "220 mx.example.org ESMTP\\r\\n",
                             "\\r\\n\\r\\n", "PROXY TCP4 192.0.2.1"}) {
        converse(std::string("> bytes ") + text + R"(
            ! close: the peer speaks text, not the milter protocol
            ! finished
        )");
    }
}

TEST(bad_input, a_tls_greeting) {
    converse(R"(
        > bytes \x16\x03\x01\x02\x00\x01\x00
        ! close: a frame longer than agreed
        ! finished
    )");
}

// MP-011
TEST(bad_input, unknown_letters) {
    for (auto const* letter : {"Z", "c", "\\0", "\\x1f", "\\xff"}) {
        converse_agreed(std::string(R"(
            = M <a@example.org>
            > frame )") +
                        letter +
                        R"(
            ! abort
            ! close: an unknown command
            ! finished
        )");
    }
    converse(R"(
        > frame S
        ! close: an unknown command
        ! finished
    )");
}

// MP-012
TEST(bad_input, commands_without_their_payload) {
    for (auto const* letter : {"B", "C", "D", "H", "L", "M", "O", "R", "U"}) {
        converse_agreed(std::string("> frame ") + letter + R"(
            ! close: a command without its payload
            ! finished
        )");
    }
}

// MP-013
TEST(bad_input, payload_where_none_belongs_is_ignored) {
    converse_agreed(R"(
        = M <a@example.org>
        > T surplus
        ! data
        < c
        > N surplus
        ! eoh
        < c
        > A surplus
        ! abort
        > K surplus
        ! close
        > Q surplus
        ! finished
    )");
}

// MP-027, MP-029, MP-147
TEST(bad_input, negotiations_that_fail_get_no_reply_and_one_close) {
    converse(R"(
        > frame O \x00\x00\x00\x06\x00\x00\x01\xff\x00\x1f\xff
        ! close: a payload that cannot be read
        ! finished
    )");
    converse(R"(
        > O 1 f 3f
        ! close: a protocol version below 2
        ! finished
    )");
}

// MP-077, MP-078, MP-079
TEST(bad_input, connects_that_cannot_be_read) {
    for (auto const* payload :
         {"client\\0X\\0\\x19192.0.2.1\\0", "client\\0", "client", "client\\04\\0\\x19192.0.2.1",
          "client\\04", "client\\04\\0", "client\\0L\\0\\0/run/socket"}) {
        converse_agreed(std::string("> frame C ") + payload + R"(
            ! close: a payload that cannot be read
            ! finished
        )");
    }
}

// MP-081
TEST(bad_input, a_greeting_without_nul) {
    converse_agreed(R"(
        > frame H client.example.org
        ! close: a payload that cannot be read
        ! finished
    )");
}

// MP-085
TEST(bad_input, a_sender_without_nul_began_no_message) {
    converse_agreed(R"(
        > frame M <a@example.org>
        ! close: a payload that cannot be read
        ! finished
    )");
    converse_agreed(R"(
        = M <a@example.org>
        > frame M <b@example.org>
        ! abort
        ! close: a payload that cannot be read
        ! finished
    )");
}

TEST(bad_input, a_recipient_without_nul) {
    converse_agreed(R"(
        = M <a@example.org>
        > frame R <b@example.org>
        ! abort
        ! close: a payload that cannot be read
        ! finished
    )");
}

// MP-088, MP-089
TEST(bad_input, headers_that_cannot_be_read) {
    for (auto const* payload : {"Subject\\0", "Subject", "Subject\\0hello", "a\\0b\\0c", "a\\0b\\0c\\0"}) {
        converse_agreed(std::string(R"(
            = M <a@example.org>
            > frame L )") +
                        payload +
                        R"(
            ! abort
            ! close: a payload that cannot be read
            ! finished
        )");
    }
}

}  // namespace
}  // namespace milterproto
