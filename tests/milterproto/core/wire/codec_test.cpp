#include "milterproto/core/wire/codec.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "milterproto/core/wire/frame.hpp"

/// Bytes as libmilter, Sendmail 8.17 and Postfix 3.7 sent them (milter-protocol.md 12), in one list that the
/// encoders must produce and the decoders must read.
namespace milterproto::core {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

using texts = std::vector<std::string_view>;

struct wire_case {
    char const* name;
    std::string wire;
    std::function<void(std::string&)> encode;
    std::function<void(std::string_view payload)> expect_decoded;
};

std::function<void(std::string&)> strings(char letter, texts const& list) {
    return [=](std::string& out) { append_strings(out, letter, list); };
}
std::function<void(std::string_view)> are_strings(texts const& list) {
    return [=](std::string_view payload) { EXPECT_EQ(*decode_strings(payload), list); };
}

std::vector<wire_case> const& cases() {
    static std::vector<wire_case> const list{
        {"MP_001_proceed",
         "\0\0\0\x01"
         "c"s,
         [](std::string& out) { append_answer(out, answer::proceed); },
         [](std::string_view payload) { EXPECT_EQ(payload, ""); }},
        {"offer",
         "\0\0\0\x0d"
         "O\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff"s,
         [](std::string& out) { append_offer(out, {6, action::all, step::all}); },
         [](std::string_view payload) {
             EXPECT_EQ(*decode_options(payload), (option_set{6, 0x1ff, 0x1fffff}));
             EXPECT_TRUE(decode_symbol_lists(payload)->empty());
         }},
        {"MP_049_MP_050_agreement_with_lists",
         "\0\0\0\x2e"
         "O\0\0\0\x06\0\0\x01\xff\0\0\x04\0\0\0\0\x01\0\0\0\0\x05{msg_id} i\0\0\0\0\x06{msg_id}\0"s,
         [](std::string& out) {
             append_agreement(out, {6, 0x1ff, 0x400}, {{1, ""}, {5, "{msg_id} i"}, {6, "{msg_id}"}});
         },
         [](std::string_view payload) {
             EXPECT_EQ(*decode_options(payload), (option_set{6, 0x1ff, 0x400}));
             auto const lists = *decode_symbol_lists(payload);
             ASSERT_EQ(lists.size(), 3U);
             EXPECT_EQ(lists[0].stage, 1U);
             EXPECT_EQ(lists[0].names, "");
             EXPECT_EQ(lists[1].stage, 5U);
             EXPECT_EQ(lists[1].names, "{msg_id} i");
             EXPECT_EQ(lists[2].stage, 6U);
             EXPECT_EQ(lists[2].names, "{msg_id}");
         }},
        {"MP_072_connect_by_ipv4",
         "\0\0\0\x18"
         "Clocalhost\0"
         "4\xb7x127.0.0.1\0"s,
         [](std::string& out) { append_connect(out, "localhost", family::ipv4, 46968, "127.0.0.1"); },
         [](std::string_view payload) {
             auto const peer = *decode_connect(payload);
             EXPECT_EQ(peer.hostname, "localhost");
             EXPECT_EQ(peer.family, family::ipv4);
             EXPECT_EQ(peer.port, 46968);
             EXPECT_EQ(peer.address, "127.0.0.1");
             EXPECT_EQ(peer.ip, boost::asio::ip::make_address("127.0.0.1"));
         }},
        {"MP_073_connect_by_ipv6_as_postfix_writes_it",
         "\0\0\0\x12"
         "Cx\0"
         "6\0\x19"
         "2001:db8::1\0"s,
         [](std::string& out) { append_connect(out, "x", family::ipv6, 25, "2001:db8::1"); },
         [](std::string_view payload) {
             EXPECT_EQ(decode_connect(payload)->ip, boost::asio::ip::make_address("2001:db8::1"));
         }},
        {"MP_075_connect_by_nothing_known",
         "\0\0\0\x04"
         "Cx\0U"s,
         [](std::string& out) { append_connect(out, "x", family::unknown, 25, "ignored"); },
         [](std::string_view payload) {
             EXPECT_EQ(decode_connect(payload)->family, family::unknown);
             EXPECT_FALSE(decode_connect(payload)->ip);
         }},
        {"MP_121_no_macros",
         "\0\0\0\x02"
         "DH"s,
         [](std::string& out) { append_macros(out, 'H', {}); },
         [](std::string_view payload) { EXPECT_EQ(find_macro(payload.substr(1), "j").value, std::nullopt); }},
        {"MP_120_macros_one_of_them_empty",
         "\0\0\0\x31"
         "DR{rcpt_mailer}\0local\0{rcpt_host}\0\0{rcpt_addr}\0b\0"s,
         [](std::string& out) {
             append_macros(out, 'R', {"{rcpt_mailer}", "local", "{rcpt_host}", "", "{rcpt_addr}", "b"});
         },
         [](std::string_view payload) {
             EXPECT_EQ(payload.front(), 'R');
             EXPECT_EQ(find_macro(payload.substr(1), "{rcpt_mailer}").value, "local");
             EXPECT_EQ(find_macro(payload.substr(1), "{rcpt_host}").value, "");
             EXPECT_EQ(find_macro(payload.substr(1), "{rcpt_addr}").value, "b");
             EXPECT_EQ(find_macro(payload.substr(1), "rcpt_addr").value, std::nullopt);
         }},
        {"helo",
         "\0\0\0\x14"
         "Hclient.example.com\0"s,
         strings('H', {"client.example.com"}),
         [](std::string_view payload) { EXPECT_EQ(decode_line(payload), "client.example.com"); }},
        {"MP_083_mail_with_parameters",
         "\0\0\0\x28"
         "M<a@example.com>\0SIZE=100\0BODY=8BITMIME\0"s,
         strings('M', {"<a@example.com>", "SIZE=100", "BODY=8BITMIME"}),
         are_strings({"<a@example.com>", "SIZE=100", "BODY=8BITMIME"})},
        {"MP_084_mail_of_a_bounce",
         "\0\0\0\x04"
         "M<>\0"s,
         strings('M', {"<>"}), are_strings({"<>"})},
        {"rcpt",
         "\0\0\0\x11"
         "R<b@example.org>\0"s,
         strings('R', {"<b@example.org>"}), are_strings({"<b@example.org>"})},
        {"header",
         "\0\0\0\x0f"
         "LSubject\0hello\0"s,
         strings('L', {"Subject", "hello"}),
         [](std::string_view payload) {
             EXPECT_EQ(*decode_header(payload), std::pair("Subject"sv, "hello"sv));
         }},
        {"MP_087_header_without_value",
         "\0\0\0\x08"
         "LX-Del\0\0"s,
         strings('L', {"X-Del", ""}),
         [](std::string_view payload) { EXPECT_EQ(*decode_header(payload), std::pair("X-Del"sv, ""sv)); }},
        {"MP_024_body",
         "\0\0\0\x07"
         "Bhi\r\n\0\xff"s,
         [](std::string& out) { append_frame(out, 'B', "hi\r\n\0\xff"sv); },
         [](std::string_view payload) { EXPECT_EQ(payload, "hi\r\n\0\xff"sv); }},
        {"MP_187_reply",
         "\0\0\0\x10"
         "y550 5.7.1 gone\0"s,
         strings('y', {"550 5.7.1 gone"}),
         [](std::string_view payload) { EXPECT_EQ(decode_line(payload), "550 5.7.1 gone"); }},
    };
    return list;
}

TEST(codec, encoders_write_what_the_wire_had) {
    for (auto const& one : cases()) {
        SCOPED_TRACE(one.name);
        std::string out = "before";
        one.encode(out);
        EXPECT_EQ(out, "before" + one.wire);
    }
}

TEST(codec, decoders_read_what_the_wire_had) {
    for (auto const& one : cases()) {
        SCOPED_TRACE(one.name);
        ASSERT_GE(one.wire.size(), 5U);
        one.expect_decoded(std::string_view(one.wire).substr(5));
    }
}

TEST(codec, the_length_of_each_case_is_true) {
    for (auto const& one : cases()) {
        SCOPED_TRACE(one.name);
        frame_reader reader;
        one.wire.copy(reader.prepare(one.wire.size()).data(), one.wire.size());
        reader.commit(one.wire.size());
        auto const read = reader.next();
        ASSERT_TRUE(read.has_value() && read->has_value());
        EXPECT_EQ((*read)->letter, one.wire[4]);
        EXPECT_FALSE(reader.mid_frame());
    }
}

// MP-184
TEST(codec, the_letters_of_the_answers) {
    std::string out;
    for (auto const one :
         {answer::proceed, answer::accept, answer::reject, answer::tempfail, answer::discard, answer::skip})
        append_answer(out, one);
    std::string letters;
    for (std::size_t i = 0; i != out.size(); i += 5) {
        EXPECT_EQ(out.substr(i, 4), "\0\0\0\x01"s);
        letters += out[i + 4];
    }
    EXPECT_EQ(letters, "cartds");
}

// MP-024, MP-025
TEST(codec, every_byte_passes_but_nul_in_strings) {
    std::string every;
    for (int byte = 1; byte != 256; ++byte) every.push_back(static_cast<char>(byte));
    std::string out;
    append_strings(out, 'M', {every, "second"});
    EXPECT_EQ(*decode_strings(std::string_view(out).substr(5)), (texts{every, "second"}));
}

// MP-027, MP-028
TEST(codec, options_are_the_first_12_bytes) {
    std::string const twelve(12, '\x01');
    EXPECT_EQ(*decode_options(twelve + "surplus"), *decode_options(twelve));
    for (std::size_t size = 0; size != twelve.size(); ++size) {
        EXPECT_EQ(decode_options(twelve.substr(0, size)).error(), errc::payload_malformed);
        EXPECT_EQ(decode_symbol_lists(twelve.substr(0, size)).error(), errc::payload_malformed);
    }
}

// MP-065
TEST(codec, symbol_lists_that_are_cut_off) {
    auto const whole = std::string(12, '\0') + "\0\0\0\x05names\0"s;
    EXPECT_EQ(decode_symbol_lists(whole)->size(), 1U);
    for (std::size_t size = 13; size != whole.size(); ++size) {
        EXPECT_EQ(decode_symbol_lists(whole.substr(0, size)).error(), errc::payload_malformed) << size;
    }
}

// MP-078, MP-079
TEST(codec, a_connect_cut_off_anywhere_is_an_error) {
    std::string out;
    append_connect(out, "client.example.org", family::ipv4, 25, "192.0.2.1");
    auto const payload = std::string_view(out).substr(5);
    EXPECT_TRUE(decode_connect(payload));
    for (std::size_t size = 0; size != payload.size(); ++size) {
        EXPECT_EQ(decode_connect(payload.substr(0, size)).error(), errc::payload_malformed) << size;
    }
}

// MP-076
TEST(codec, an_address_that_is_none_leaves_nothing_behind) {
    for (auto const kind : {family::ipv4, family::ipv6}) {
        std::string out;
        append_connect(out, "unknown", kind, 25, "unknown");
        auto const peer = *decode_connect(std::string_view(out).substr(5));
        EXPECT_EQ(peer.hostname, "unknown");
        EXPECT_EQ(peer.family, family::unknown);
        EXPECT_EQ(peer.port, 0);
        EXPECT_EQ(peer.address, "");
        EXPECT_FALSE(peer.ip);
    }
}

// MP-073, peculiarity D13
TEST(codec, the_label_of_an_ipv6_address_is_taken_off) {
    for (auto const* label : {"", "IPv6:", "ipv6:", "IPV6:"}) {
        std::string out;
        append_connect(out, "x", family::ipv6, 0, label + "2001:db8::1"s);
        auto const peer = decode_connect(std::string_view(out).substr(5));
        ASSERT_TRUE(peer) << label;
        EXPECT_EQ(peer->address, "2001:db8::1");
    }
    for (auto const* label : {"IPv4:", "IPv\x16:", "IPv6\x1a", "IPv6"}) {
        std::string out;
        append_connect(out, "x", family::ipv6, 0, label + "2001:db8::1"s);
        EXPECT_FALSE(decode_connect(std::string_view(out).substr(5))->ip) << label;
    }
}

// MP-085, MP-086
TEST(codec, strings_need_one_nul_and_lose_what_follows_the_last) {
    EXPECT_EQ(decode_strings("").error(), errc::payload_malformed);
    EXPECT_EQ(decode_strings("<a>").error(), errc::payload_malformed);
    EXPECT_EQ(*decode_strings("<a>\0tail"sv), (texts{"<a>"}));
    EXPECT_EQ(*decode_strings("\0\0"sv), (texts{"", ""}));
}

// MP-088, MP-089
TEST(codec, a_header_is_two_strings) {
    for (auto const bad : {""sv, "a"sv, "\0\0"sv, "\0b\0"sv, "a\0"sv, "a\0b"sv, "a\0b\0c"sv, "a\0b\0c\0"sv}) {
        EXPECT_EQ(decode_header(bad).error(), errc::payload_malformed) << bad;
    }
}

// MP-091
TEST(codec, a_line_ends_at_its_nul_or_with_the_payload) {
    EXPECT_EQ(decode_line("FOO\0BAR\0"sv), "FOO");
    EXPECT_EQ(decode_line("FOO"), "FOO");
    EXPECT_EQ(decode_line(""), "");
}

// MP-108, MP-109
TEST(codec, macro_names) {
    auto const pairs = "i\0one\0{j}\0two\0{long}\0three\0odd\0"sv;
    EXPECT_EQ(find_macro(pairs, "i").value, "one");
    EXPECT_EQ(find_macro(pairs, "{i}").value, "one");
    EXPECT_EQ(find_macro(pairs, "j").value, "two");
    EXPECT_EQ(find_macro(pairs, "{j}").value, "two");
    EXPECT_EQ(find_macro(pairs, "{long}").value, "three");
    EXPECT_EQ(find_macro(pairs, "long").value, std::nullopt);
    EXPECT_EQ(find_macro(pairs, "one").value, std::nullopt) << "a value is not a name";
    EXPECT_EQ(find_macro(pairs, "odd").value, std::nullopt);
    EXPECT_TRUE(find_macro(pairs, "odd").is_there) << "a name without a value";
    EXPECT_FALSE(find_macro(pairs, "one").is_there);
    EXPECT_EQ(find_macro(pairs, "").value, std::nullopt);
    EXPECT_EQ(find_macro("i\0cut off"sv, "i").value, std::nullopt);
}

}  // namespace
}  // namespace milterproto::core
