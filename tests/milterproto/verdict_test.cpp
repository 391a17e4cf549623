#include "milterproto/verdict.hpp"

#include <gtest/gtest.h>

#include <type_traits>

#include "milterproto/core/limits.hpp"

namespace milterproto {
namespace {

using namespace std::string_literals;

std::string text_of(int code, std::string_view enhanced, std::string_view text) {
    auto const reply = smtp_reply::make(code, enhanced, text);
    return reply ? reply->text() : "refused";
}

TEST(smtp_reply, code_enhanced_code_and_text) {
    EXPECT_EQ(text_of(550, "5.7.1", "no"), "550 5.7.1 no");
    EXPECT_EQ(text_of(451, "4.7.1", "later"), "451 4.7.1 later");
    EXPECT_EQ(text_of(550, "5.7.1", ""), "550 5.7.1 ");
    EXPECT_EQ(smtp_reply::make(421, "4.3.0", "bye")->code(), 421);
}

// MP-195
TEST(smtp_reply, without_enhanced_code) {
    EXPECT_EQ(text_of(550, "", "no"), "550 5.0.0 no");
    EXPECT_EQ(text_of(450, "", "a\nb"), "450-4.0.0 a\r\n450 4.0.0 b");
}

// MP-189
TEST(smtp_reply, codes_that_are_none) {
    for (int const code : {-550, 0, 55, 250, 354, 399, 600, 5500})
        EXPECT_EQ(text_of(code, "", "x"), "refused") << code;
    for (int const code : {400, 599}) EXPECT_NE(text_of(code, "", "x"), "refused") << code;
}

// MP-190, MP-191, peculiarity D21
TEST(smtp_reply, enhanced_codes_that_are_none_or_of_another_class) {
    for (auto const* enhanced :
         {"5", "5.7", "5.7.", "5..1", ".7.1", "5.7.1.1", "5.7.1234", "5.1234.1", "5.a.1", "x.7.1", "55.7.1",
          " 5.7.1", "5.7.1 ", "4.7.1", "2.0.0", "5.-1.0"}) {
        EXPECT_EQ(text_of(550, enhanced, "x"), "refused") << enhanced;
    }
    EXPECT_EQ(text_of(450, "5.7.1", "x"), "refused");
    EXPECT_NE(text_of(550, "5.999.999", "x"), "refused");
}

// MP-190, MP-195: a code is written once
TEST(smtp_reply, an_enhanced_code_that_the_text_begins_with) {
    EXPECT_EQ(text_of(550, "", "5.7.1 mine"), "550 5.7.1 mine");
    EXPECT_EQ(text_of(450, "", "4.7.1"), "450 4.7.1 ");
    EXPECT_EQ(text_of(550, "5.7.1", "5.7.1 mine"), "550 5.7.1 mine");
    EXPECT_EQ(text_of(550, "", "5.7.1 a\n5.7.1 b\nc\n5.7.2 d"),
              "550-5.7.1 a\r\n550-5.7.1 b\r\n550-5.7.1 c\r\n550 5.7.2 d");
    EXPECT_EQ(text_of(550, "", "a\n5.7.1 b"), "550-5.0.0 a\r\n550 5.7.1 b");
    EXPECT_EQ(text_of(550, "5.7.1", "a\n5.7.1 b"), "550-5.7.1 a\r\n550 5.7.1 b");
}

// MP-191, peculiarity D21
TEST(smtp_reply, an_enhanced_code_of_another_class_in_the_text) {
    for (auto const* text : {"4.7.1 mine", "2.0.0 ok", "5.7.1 a\n4.7.1 b", "a\n4.7.1 b"})
        EXPECT_EQ(text_of(550, "", text), "refused") << text;
    EXPECT_EQ(text_of(450, "", "5.7.1 mine"), "refused");
    // Where the filter says which code it means, others in the text are words, such as a quotation.
    EXPECT_EQ(text_of(550, "5.1.8", "4.3.2 says the sender's server"),
              "550 5.1.8 4.3.2 says the sender's server");
    EXPECT_EQ(text_of(550, "5.1.8", "5.1.1 says the sender's server"),
              "550 5.1.8 5.1.1 says the sender's server");
}

TEST(smtp_reply, words_that_only_look_like_an_enhanced_code) {
    for (auto const* text :
         {"5.7", "192.0.2.1 is blocked", "5.7.1.1 x", "1.2.3 x", "5.7.1: no", "55.7.1 x", " 5.7.1 x"})
        EXPECT_EQ(text_of(550, "", text), "550 5.0.0 " + std::string(text));
}

// RFC 6531, 3.5
TEST(smtp_reply, letters_that_the_client_cannot_read) {
    auto const wire = [](std::string_view text, reply_charset charset) {
        auto const reply = *smtp_reply::make(550, "5.7.1", text);
        EXPECT_EQ(reply.wire(charset) == reply.text(), reply.is_readable_in(charset)) << text;
        return reply.wire(charset).substr(10);
    };
    EXPECT_EQ(wire("plain", reply_charset::ascii), "plain");
    EXPECT_EQ(wire("gr\xc3\xbc\xc3\x9f"
                   "e \xe2\x82\xac \xf0\x9f\x93\xa7",
                   reply_charset::ascii),
              "gr??e ? ?");
    EXPECT_EQ(wire("gr\xc3\xbc\xc3\x9f"
                   "e \xe2\x82\xac \xf0\x9f\x93\xa7",
                   reply_charset::utf8),
              "gr\xc3\xbc\xc3\x9f"
              "e \xe2\x82\xac \xf0\x9f\x93\xa7");
    // Latin-1, cut off, longer than need be, surrogates, above U+10FFFF.
    for (auto const* bytes :
         {"\xfc", "\xc3", "\xe2\x82", "\xf0\x9f\x93", "\xc0\xaf", "\xe0\x9f\xbf", "\xed\xa0\x80",
          "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\x80"}) {
        std::string const each(std::string_view(bytes).size(), '?');
        EXPECT_EQ(wire(bytes, reply_charset::utf8), each);
        EXPECT_EQ(wire(bytes, reply_charset::ascii), each);
    }
    EXPECT_EQ(wire("\xe2\x82x", reply_charset::utf8), "??x");
}

// MP-192
TEST(smtp_reply, controls_are_refused) {
    for (auto const& text : {"a\rb"s, "a\r\nb"s, "a\0b"s, "a\x1b[0m"s, "a\x7f"s}) {
        EXPECT_EQ(text_of(550, "5.7.1", text), "refused");
    }
    EXPECT_EQ(text_of(550, "5.7.1", "a\tb \xc3\xa9"), "550 5.7.1 a\tb \xc3\xa9");
}

// MP-193
TEST(smtp_reply, 980_bytes_in_a_line) {
    EXPECT_NE(text_of(550, "5.7.1", std::string(980, 'x')), "refused");
    EXPECT_EQ(text_of(550, "5.7.1", std::string(981, 'x')), "refused");
    EXPECT_EQ(text_of(550, "5.7.1", "ok\n" + std::string(981, 'x')), "refused");
}

// MP-194, MP-196
TEST(smtp_reply, 32_lines_parted_by_crlf_and_no_end) {
    std::string text;
    std::string expected;
    for (int i = 1; i != 32; ++i) {
        text += "x\n";
        expected += "550-5.7.1 x\r\n";
    }
    EXPECT_EQ(text_of(550, "5.7.1", text + "x"), expected + "550 5.7.1 x");
    EXPECT_EQ(text_of(550, "5.7.1", text + "x\nx"), "refused");
}

// MP-197, peculiarity D19
TEST(smtp_reply, percent_signs_are_doubled_on_the_wire_alone) {
    auto const reply = smtp_reply::make(550, "5.7.1", "100% sp%%am");
    EXPECT_EQ(reply->text(), "550 5.7.1 100% sp%%am");
    EXPECT_EQ(reply->wire(reply_charset::ascii), "550 5.7.1 100%% sp%%%%am");
    EXPECT_EQ(reply->wire(reply_charset::utf8), "550 5.7.1 100%% sp%%%%am");
}

// MP-018
TEST(smtp_reply, the_longest_reply_fits_a_frame) {
    std::string text;
    for (int i = 1; i != 32; ++i) text += std::string(980, '%') + '\n';
    auto const reply = smtp_reply::make(550, "5.999.999", text + std::string(980, '%'));
    EXPECT_LT(reply->wire(reply_charset::ascii).size(), limits::payload);
}

// MP-184, MP-185, MP-186, MP-188: no text outlives its decision, none meets another one
TEST(verdict, decision_and_text_are_one_value) {
    EXPECT_EQ(session_verdict(proceed).code(), core::answer::proceed);
    EXPECT_EQ(message_verdict(accept_now).code(), core::answer::accept);
    EXPECT_EQ(message_verdict(reject).code(), core::answer::reject);
    EXPECT_EQ(message_verdict(tempfail).code(), core::answer::tempfail);
    EXPECT_EQ(message_verdict(discard).code(), core::answer::discard);
    EXPECT_EQ(body_verdict(skip).code(), core::answer::skip);
    message_verdict const replied = smtp_reply::make(451, "4.7.1", "later").value();
    EXPECT_EQ(replied.code(), core::answer::reply_code);
    EXPECT_EQ(replied.reply()->text(), "451 4.7.1 later");
    EXPECT_FALSE(message_verdict(reject).reply());
}

// Neither makes a verdict that its stage does not have: tests/compile_fail.
TEST(verdict, one_of_two_words_is_one_word) {
    for (bool const first : {true, false}) {
        negotiate_verdict const negotiated = first ? reject : proceed;
        session_verdict const at_helo = first ? reject : tempfail;
        message_verdict const at_mail = first ? discard : accept_now;
        body_verdict const at_body = first ? skip : discard;
        EXPECT_EQ(negotiated.code(), first ? core::answer::reject : core::answer::proceed);
        EXPECT_EQ(at_helo.code(), first ? core::answer::reject : core::answer::tempfail);
        EXPECT_EQ(at_mail.code(), first ? core::answer::discard : core::answer::accept);
        EXPECT_EQ(at_body.code(), first ? core::answer::skip : core::answer::discard);
    }
}

}  // namespace
}  // namespace milterproto
