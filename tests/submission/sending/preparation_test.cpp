#include "sending/preparation.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace submission::sending {
namespace {

message plain_message() {
    return {std::nullopt, nullptr};
}

std::string prepared(message const& what, std::string_view content, std::size_t piece) {
    preparation made(what);
    std::string all;
    while (!content.empty()) {
        auto const part = content.substr(0, piece);
        made.feed(part, all);
        content.remove_prefix(part.size());
    }
    made.finish(all);
    return all;
}

std::string stuffed(std::string_view text, std::size_t piece) {
    dot_stuffing dots;
    std::string all;
    while (!text.empty()) {
        auto const part = text.substr(0, piece);
        dots.feed(part, all);
        text.remove_prefix(part.size());
    }
    return all;
}

/// The same in the plainest way: by the byte.
std::string line_by_line(std::string_view content) {
    std::string all;
    for (std::size_t i = 0; i < content.size(); ++i) {
        bool const ends_cr = content[i] == '\r';
        if (ends_cr && i + 1 < content.size() && content[i + 1] == '\n') ++i;
        if (ends_cr || content[i] == '\n')
            all += "\r\n";
        else
            all += content[i];
    }
    if (!all.empty() && !all.ends_with('\n')) all += "\r\n";
    return all;
}

// SE-058, SE-059: whatever the content and its pieces are.
TEST(Preparation, MakesCrLfOfEveryLineEnd) {
    std::mt19937 chance(7);
    auto const what = plain_message();
    for (int round = 0; round < 3000; ++round) {
        std::string content;
        for (auto length = chance() % 12; length > 0; --length) content += "a\r\n.\r\n"[chance() % 6];
        auto const expected = line_by_line(content);
        for (std::size_t const piece : {1u, 2u, 3u, 100u})
            ASSERT_EQ(prepared(what, content, piece), expected);
    }
}

// SE-051, SE-057: the size is counted before the dots.
TEST(Preparation, IsMeasuredAsItIsSent) {
    auto const what = plain_message();
    measure octets(what);
    octets.feed(".a\n");
    octets.feed("..\rb");
    EXPECT_EQ(octets.finish(), std::string_view(".a\r\n..\r\nb\r\n").size());
}

// SE-057: and no line of what is sent is a lone dot.
TEST(DotStuffing, DoublesTheDotThatBeginsALine) {
    for (std::size_t const piece : {1u, 2u, 5u, 100u}) {
        EXPECT_EQ(stuffed(".a\r\n.\r\n..\r\na.b\r\n", piece), "..a\r\n..\r\n...\r\na.b\r\n");
    }
}

message with_headers() {
    auto what = plain_message();
    what.headers = missing_headers::are_added;
    what.added.date = "Date: now\r\n";
    what.added.message_id = "Message-Id: <1@x>\r\n";
    what.added.from = "From: <a@x>\r\n";
    return what;
}

TEST(HeaderCompletion, AddsWhatIsMissingAfterTheOthers) {
    auto const what = with_headers();
    for (std::size_t const piece : {1u, 3u, 1000u}) {
        EXPECT_EQ(prepared(what, "Subject: hi\n\nbody\n", piece),
                  "Subject: hi\r\nFrom: <a@x>\r\nDate: now\r\nMessage-Id: <1@x>\r\n\r\nbody\r\n");
        EXPECT_EQ(prepared(what, "FROM: b\ndate: x\nmessage-ID: y\n\nDate: z\n", piece),
                  "FROM: b\r\ndate: x\r\nmessage-ID: y\r\n\r\nDate: z\r\n");
        EXPECT_EQ(prepared(what, "", piece), "From: <a@x>\r\nDate: now\r\nMessage-Id: <1@x>\r\n");
    }
}

TEST(HeaderCompletion, KnowsWhereHeadersEnd) {
    auto const what = with_headers();
    // A line that is no field ends them, and a folded one does not.
    EXPECT_EQ(prepared(what, "From: b\nDate: c\nno field\n", 1000),
              "From: b\r\nDate: c\r\nMessage-Id: <1@x>\r\n\r\nno field\r\n");
    EXPECT_EQ(prepared(what, "From: b\n Date: c\n\nx", 1000),
              "From: b\r\n Date: c\r\nDate: now\r\nMessage-Id: <1@x>\r\n\r\nx\r\n");
}

TEST(HeaderCompletion, PassesALongLineWithoutKeepingIt) {
    auto const what = with_headers();
    auto const value = std::string(10'000, 'v');
    auto const expected = "X: " + value + "\r\nFrom: <a@x>\r\nDate: now\r\nMessage-Id: <1@x>\r\n\r\ny\r\n";
    for (std::size_t const piece : {1u, 1999u, 100'000u})
        EXPECT_EQ(prepared(what, "X: " + value + "\n\ny\n", piece), expected);
}

TEST(Preparation, LeavesBinaryContentAsItIs) {
    auto what = plain_message();
    what.body = body_type::binary;
    EXPECT_EQ(prepared(what, "a\nb\rc", 2), "a\nb\rc");
}

}  // namespace
}  // namespace submission::sending
