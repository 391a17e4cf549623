#include "smtpserver/parsed_message.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace smtpserver {
namespace {

std::string joined(std::initializer_list<std::string_view> lines) {
    std::string all;
    for (auto const& one : lines) all += std::string(one) + "\r\n";
    return all;
}

// SE-105
TEST(ParsedMessage, HasHeaders) {
    parsed_message const one(
        joined({"Received: from x", " by y", "Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?=",
                "content-type: text/plain; charset=utf-8", "X-A: 1", "x-a: 2", "", "hi"}));
    EXPECT_EQ(one.find("received"), "from x by y");
    EXPECT_EQ(one.find("SUBJECT"),
              "gr\xc3\xbc\xc3\x9f"
              "e");
    EXPECT_EQ(one.find("X-A"), "1");
    EXPECT_EQ(std::ranges::count(one.headers(), std::string("2"), &header::value), 1);
    EXPECT_EQ(one.find("To"), std::nullopt);
    EXPECT_EQ(one.content().type(), "text/plain");
    EXPECT_EQ(one.content().parameter("CHARSET"), "utf-8");
    EXPECT_EQ(one.content().body(), "hi\r\n");
    EXPECT_FALSE(one.is_cut_short());
}

// SE-171: none for a plain message.
TEST(ParsedMessage, OfOnePartHasNoParts) {
    parsed_message const one(joined({"Subject: x", "", "--not a boundary", "text"}));
    EXPECT_TRUE(one.content().parts().empty());
    EXPECT_EQ(one.content().body(), "--not a boundary\r\ntext\r\n");
}

std::string const nested = joined({"MIME-Version: 1.0",
                                   "Content-Type: multipart/mixed; boundary=outer",
                                   "",
                                   "for old programs",
                                   "--outer",
                                   "Content-Type: multipart/alternative; boundary=\"in ner\"",
                                   "",
                                   "--in ner",
                                   "Content-Type: TEXT/Plain; charset=iso-8859-1",
                                   "Content-Transfer-Encoding: quoted-printable",
                                   "",
                                   "caf=E9=",
                                   " au lait",
                                   "--in ner",
                                   "Content-Type: text/html",
                                   "",
                                   "<p>",
                                   "--in ner--",
                                   "--outer",
                                   "Content-Type: application/octet-stream",
                                   "Content-Disposition: attachment; filename*=utf-8''gr%C3%BC.bin",
                                   "Content-Transfer-Encoding: base64",
                                   "",
                                   "AAEC",
                                   "Aw==",
                                   "--outer",
                                   "Content-Type: message/rfc822",
                                   "",
                                   "Subject: inner",
                                   "",
                                   "inner text",
                                   "--outer--",
                                   "and after"});

// SE-171
TEST(ParsedMessage, HasNestedPartsWithoutTheirEncodings) {
    parsed_message const one(nested);
    auto const& content = one.content();
    EXPECT_EQ(content.type(), "multipart/mixed");
    ASSERT_EQ(content.parts().size(), 3U);
    auto const alternatives = content.parts()[0].parts();
    ASSERT_EQ(alternatives.size(), 2U);
    EXPECT_EQ(alternatives[0].type(), "text/plain");
    EXPECT_EQ(alternatives[0].body(), "caf\xe9 au lait");
    EXPECT_EQ(alternatives[0].parameter("charset"), "iso-8859-1");
    EXPECT_EQ(alternatives[1].body(), "<p>");
    EXPECT_EQ(content.parts()[1].body(), std::string("\0\1\2\3", 4));
    EXPECT_EQ(content.parts()[1].file_name(), "gr\xc3\xbc.bin");
    auto const& inner = content.parts()[2];
    EXPECT_EQ(inner.type(), "message/rfc822");
    ASSERT_EQ(inner.parts().size(), 1U);
    EXPECT_EQ(inner.parts()[0].body(), "inner text");
    EXPECT_NE(inner.body().find("Subject: inner"), std::string::npos);
    EXPECT_FALSE(one.is_cut_short());
}

// A part lives as long as somebody has it.
TEST(ParsedMessage, PartsOutliveTheMessage) {
    auto const part = [] { return parsed_message(nested).content().parts()[1]; }();
    EXPECT_EQ(part.body().size(), 4U);
}

// SE-172
TEST(ParsedMessage, IsNeverAnError) {
    for (auto const& bytes :
         {std::string(), std::string("\r\n"), std::string("no header\r\nat all\r\n"), std::string("a"),
          std::string("A: b"), std::string("Content-Type: multipart/mixed\r\n\r\nhello\r\n"),
          std::string("Content-Type: multipart/mixed; boundary=x\r\n\r\nhello\r\n"),
          std::string("Content-Type: ;;;\r\n\r\nhello\r\n"), std::string("\0\xff\r\n\r\n\0", 7),
          std::string("Content-Type: message/rfc822\r\n\r\n")}) {
        parsed_message const one(bytes);
        EXPECT_FALSE(one.is_cut_short()) << bytes;
        EXPECT_LE(one.content().parts().size(), 1U) << bytes;
        (void)one.content().body();
    }
    EXPECT_EQ(parsed_message(std::string("no header\r\nat all\r\n")).content().body(),
              "no header\r\nat all\r\n");
    EXPECT_NE(parsed_message(std::string("Content-Type: multipart/mixed\r\n\r\nhello\r\n"))
                  .content()
                  .body()
                  .find("hello"),
              std::string::npos);
}

std::size_t depth_of(mime_part const& one) {
    return one.parts().empty() ? 1 : 1 + depth_of(one.parts().front());
}

// SE-171: depth 32 and 1,000 parts at most.
TEST(ParsedMessage, HasABoundedNumberOfParts) {
    std::string deep;
    for (int i = 0; i < 100; ++i) {
        auto const name = std::to_string(i);
        deep.append("Content-Type: multipart/mixed; boundary=b").append(name).append("x\r\n\r\n");
        deep.append("--b").append(name).append("x\r\n");
    }
    parsed_message const of_depth(deep);
    EXPECT_EQ(depth_of(of_depth.content()), parsed_message::most_depth);
    EXPECT_TRUE(of_depth.is_cut_short());

    std::string wide = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    for (int i = 0; i < 2000; ++i) wide += "--b\r\n\r\nx\r\n";
    parsed_message const of_width(wide);
    EXPECT_EQ(of_width.content().parts().size() + 1, parsed_message::most_parts);
    EXPECT_TRUE(of_width.is_cut_short());
}

TEST(ParsedMessage, IsNotReadWhereThatWouldTakeLong) {
    std::string wide = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    for (std::size_t i = 0; i <= parsed_message::most_boundaries; ++i) wide += "--b\r\n\r\nx\r\n";
    std::string headers;
    for (std::size_t i = 0; i <= parsed_message::most_header_lines + 1; ++i) headers += "A: b\r\n";
    for (auto const& bytes : {wide, headers + "\r\n"}) {
        parsed_message const one(bytes);
        EXPECT_TRUE(one.is_cut_short());
        EXPECT_TRUE(one.headers().empty());
        EXPECT_TRUE(one.content().parts().empty());
        EXPECT_EQ(one.content().body(), bytes);
    }
}

}  // namespace
}  // namespace smtpserver
