#include "milterproto/core/filter/edits.hpp"

#include <gtest/gtest.h>

#include "milterproto/core/limits.hpp"
#include "milterproto/core/wire/codec.hpp"
#include "milterproto/core/wire/frame.hpp"

namespace milterproto::core {
namespace {

using namespace std::string_literals;

/// The end of a message of an MTA that agreed to what is given.
class end_of_message {
public:
    explicit end_of_message(std::uint32_t actions = action::all, std::uint32_t steps = 0,
                            std::size_t payload_limit = limits::payload) {
        now.open({6, actions, steps}, payload_limit, output);
    }
    edits now;
    std::string output;
};

std::string framed(char letter, std::string const& payload) {
    std::string packet;
    append_frame(packet, letter, payload);
    return packet;
}

/// The letter and the size of each frame.
std::string frames(std::string_view bytes) {
    std::string text;
    frame_reader reader(limits::payload_1m);
    bytes.copy(reader.prepare(bytes.size() + 1).data(), bytes.size());
    reader.commit(bytes.size());
    for (auto one = reader.next(); one.has_value() && *one; one = reader.next())
        text += (*one)->letter + std::to_string((*one)->payload.size()) + ' ';
    return text;
}

// MP-218
TEST(edits, add_header) {
    end_of_message at;
    ASSERT_TRUE(at.now.add_header("X-Probe", "added"));
    ASSERT_TRUE(at.now.add_header("X-Empty", ""));
    EXPECT_EQ(at.output, framed('h', "X-Probe\0added\0"s) + framed('h', "X-Empty\0\0"s));
}

// MP-219
TEST(edits, insert_header) {
    end_of_message at;
    ASSERT_TRUE(at.now.insert_header(0, "X-Top", "first"));
    ASSERT_TRUE(at.now.insert_header(0x01020304, "X", "y"));
    EXPECT_EQ(at.output, framed('i', "\0\0\0\0X-Top\0first\0"s) + framed('i', "\x01\x02\x03\x04X\0y\0"s));
    at.output.clear();
    EXPECT_EQ(at.now.insert_header(0x80000000, "X", "y").error(), errc::edit_malformed);
    EXPECT_TRUE(at.output.empty());
}

// MP-220
TEST(edits, change_and_remove_header) {
    end_of_message at;
    ASSERT_TRUE(at.now.change_header("Subject", 1, "changed subject"));
    ASSERT_TRUE(at.now.change_header("X-Del", 2, ""));
    ASSERT_TRUE(at.now.remove_header("X-Del", 1));
    EXPECT_EQ(at.output, framed('m', "\0\0\0\1Subject\0changed subject\0"s) +
                             framed('m', "\0\0\0\2X-Del\0\0"s) + framed('m', "\0\0\0\1X-Del\0\0"s));
    EXPECT_EQ(at.now.change_header("X", 0x80000000, "y").error(), errc::edit_malformed);
    EXPECT_EQ(at.now.remove_header("X", 0x80000000).error(), errc::edit_malformed);
}

// MP-219, MP-220
TEST(edits, the_greatest_index_of_a_header_is_what_an_int_holds) {
    end_of_message at;
    ASSERT_TRUE(at.now.insert_header(0x7fffffff, "X", "y"));
    ASSERT_TRUE(at.now.change_header("X", 0x7fffffff, "y"));
    ASSERT_TRUE(at.now.remove_header("X", 0x7fffffff));
    EXPECT_EQ(at.output, framed('i', "\x7f\xff\xff\xffX\0y\0"s) + framed('m', "\x7f\xff\xff\xffX\0y\0"s) +
                             framed('m', "\x7f\xff\xff\xffX\0\0"s));
}

// MP-221
TEST(edits, a_header_has_a_name_that_is_one) {
    end_of_message at;
    for (auto const& name : {""s, "X Y"s, "X:"s, "X\n"s, "X\0Y"s, "X\x80"s}) {
        EXPECT_EQ(at.now.add_header(name, "v").error(), errc::edit_malformed) << name;
        EXPECT_EQ(at.now.insert_header(0, name, "v").error(), errc::edit_malformed) << name;
        EXPECT_EQ(at.now.change_header(name, 1, "v").error(), errc::edit_malformed) << name;
        EXPECT_EQ(at.now.remove_header(name, 1).error(), errc::edit_malformed) << name;
    }
    EXPECT_TRUE(at.output.empty());
}

// MP-222, peculiarity D29
TEST(edits, lines_of_a_header_are_parted_by_LF_alone) {
    end_of_message at;
    ASSERT_TRUE(at.now.add_header("X", "a\r\n b\n\tc"));
    EXPECT_EQ(at.output, framed('h', "X\0a\n b\n\tc\0"s));
}

// MP-222, MP-269: some MTAs take a CR alone for the end of a line
TEST(edits, a_value_cannot_begin_another_header) {
    end_of_message at;
    for (auto const& value : {"a\nBcc: x"s, "a\r\nBcc: x"s, "a\rBcc: x"s, "a\n"s, "a\r\n"s, "a\r"s,
                              "a\n\n b"s, "a\r\r\n\tb"s, "a\r b"s, "\rBcc: x"s, "a\n\r b"s, "a\r\n\r\n b"s}) {
        EXPECT_EQ(at.now.add_header("X", value).error(), errc::edit_line_end) << value;
        EXPECT_EQ(at.now.insert_header(0, "X", value).error(), errc::edit_line_end) << value;
        EXPECT_EQ(at.now.change_header("X", 1, value).error(), errc::edit_line_end) << value;
    }
    EXPECT_EQ(at.now.add_header("X", "a\0b"s).error(), errc::edit_malformed);
    EXPECT_TRUE(at.output.empty());
}

// MP-224 to MP-226, MP-230, MP-269
TEST(edits, what_is_one_line_has_no_line_end) {
    end_of_message at;
    for (auto const& text : {"<a>\rDATA"s, "<a>\nDATA"s, "<a>\r\nDATA"s, "<a>\r"s, "\n<a>"s, "<a>\r\n b"s}) {
        EXPECT_EQ(at.now.change_sender(text).error(), errc::edit_line_end) << text;
        EXPECT_EQ(at.now.change_sender("<a>", text).error(), errc::edit_line_end) << text;
        EXPECT_EQ(at.now.add_recipient(text).error(), errc::edit_line_end) << text;
        EXPECT_EQ(at.now.add_recipient("<a>", text).error(), errc::edit_line_end) << text;
        EXPECT_EQ(at.now.remove_recipient(text).error(), errc::edit_line_end) << text;
        EXPECT_EQ(at.now.quarantine(text).error(), errc::edit_line_end) << text;
    }
    for (auto const& text : {""s, "<a>\0"s})
        EXPECT_EQ(at.now.add_recipient(text).error(), errc::edit_malformed);
    EXPECT_TRUE(at.output.empty());
}

// MP-223, peculiarity D28: the MTA puts a blank before the value itself, unless leading space was agreed
TEST(edits, one_blank_stands_before_a_value_whatever_was_agreed) {
    end_of_message plain;
    ASSERT_TRUE(plain.now.add_header("X", "v"));
    EXPECT_EQ(plain.output, framed('h', "X\0v\0"s));

    end_of_message exact(action::all, step::header_leading_space);
    ASSERT_TRUE(exact.now.add_header("X", "v"));
    ASSERT_TRUE(exact.now.add_header("X", std::string("v")));
    ASSERT_TRUE(exact.now.insert_header(1, "X", "v"));
    ASSERT_TRUE(exact.now.change_header("X", 1, std::string_view("v")));
    ASSERT_TRUE(exact.now.add_header("X", ""));
    ASSERT_TRUE(exact.now.change_header("X", 1, ""));  // still a removal
    ASSERT_TRUE(exact.now.remove_header("X", 1));
    EXPECT_EQ(exact.output, framed('h', "X\0 v\0"s) + framed('h', "X\0 v\0"s) +
                                framed('i', "\0\0\0\1X\0 v\0"s) + framed('m', "\0\0\0\1X\0 v\0"s) +
                                framed('h', "X\0 \0"s) + framed('m', "\0\0\0\1X\0\0"s) +
                                framed('m', "\0\0\0\1X\0\0"s));
}

// MP-223: as header_event shows it, so what was read can be written back
TEST(edits, a_verbatim_value_goes_out_as_it_is) {
    for (auto const steps : {0U, step::header_leading_space}) {
        end_of_message at(action::all, steps);
        ASSERT_TRUE(at.now.add_header("X", verbatim("v")));
        ASSERT_TRUE(at.now.insert_header(1, "X", verbatim("\tv")));
        ASSERT_TRUE(at.now.change_header("X", 1, verbatim("  v\r\n w")));
        ASSERT_TRUE(at.now.change_header("X", 1, verbatim("")));  // a removal, too
        EXPECT_EQ(at.output, framed('h', "X\0v\0"s) + framed('i', "\0\0\0\1X\0\tv\0"s) +
                                 framed('m', "\0\0\0\1X\0  v\n w\0"s) + framed('m', "\0\0\0\1X\0\0"s));
        EXPECT_EQ(at.now.add_header("X", verbatim("v\rw")).error(), errc::edit_line_end);
    }
}

// MP-224
TEST(edits, change_sender) {
    end_of_message at;
    ASSERT_TRUE(at.now.change_sender("<>"));
    ASSERT_TRUE(at.now.change_sender("<new@example.org>", "RET=HDRS ENVID=x"));
    EXPECT_EQ(at.output, framed('e', "<>\0"s) + framed('e', "<new@example.org>\0RET=HDRS ENVID=x\0"s));
    EXPECT_EQ(at.now.change_sender("").error(), errc::edit_malformed);
}

// MP-225
TEST(edits, add_recipient) {
    end_of_message at;
    ASSERT_TRUE(at.now.add_recipient("<extra@example.org>"));
    ASSERT_TRUE(at.now.add_recipient("<par@example.org>", "NOTIFY=NEVER"));
    ASSERT_TRUE(at.now.add_recipient("<par@example.org>", ""));
    EXPECT_EQ(at.output, framed('+', "<extra@example.org>\0"s) +
                             framed('2', "<par@example.org>\0NOTIFY=NEVER\0"s) +
                             framed('2', "<par@example.org>\0"s));
    EXPECT_EQ(at.now.add_recipient("").error(), errc::edit_malformed);
    EXPECT_EQ(at.now.add_recipient("<a@example.org>\r\nRCPT TO:<b>").error(), errc::edit_line_end);
    EXPECT_EQ(at.now.add_recipient("<a@example.org>", "NOTIFY=\n").error(), errc::edit_line_end);
}

// MP-226
TEST(edits, remove_recipient) {
    end_of_message at;
    ASSERT_TRUE(at.now.remove_recipient("<b@example.org>"));
    EXPECT_EQ(at.output, framed('-', "<b@example.org>\0"s));
}

// MP-230
TEST(edits, quarantine) {
    end_of_message at;
    ASSERT_TRUE(at.now.quarantine("held by probe"));
    EXPECT_EQ(at.output, framed('q', "held by probe\0"s));
    EXPECT_EQ(at.now.quarantine("").error(), errc::edit_malformed);
}

// MP-253
TEST(edits, progress_is_empty_and_may_be_repeated) {
    end_of_message at;
    ASSERT_TRUE(at.now.progress());
    ASSERT_TRUE(at.now.progress());
    EXPECT_EQ(at.output, "\0\0\0\1p\0\0\0\1p"s);
}

// MP-227
TEST(edits, a_body_of_nothing_is_one_empty_frame) {
    end_of_message at;
    ASSERT_TRUE(at.now.replace_body(""));
    at.now.close();
    EXPECT_EQ(at.output, "\0\0\0\1b"s);
}

// MP-228
TEST(edits, a_long_body_is_cut_as_the_MTA_agreed) {
    end_of_message at;
    ASSERT_TRUE(at.now.replace_body(std::string(65536, 'x')));
    at.now.close();
    EXPECT_EQ(frames(at.output), "b65535 b1 ");

    end_of_message larger(action::all, step::chunks_256k, limits::payload_256k);
    ASSERT_TRUE(larger.now.replace_body(std::string(65536, 'x')));
    larger.now.close();
    EXPECT_EQ(frames(larger.output), "b65536 ");

    end_of_message largest(action::all, step::chunks_1m, limits::payload_1m);
    ASSERT_TRUE(largest.now.replace_body(std::string(limits::payload_1m + 1, 'x')));
    largest.now.close();
    EXPECT_EQ(frames(largest.output), "b1048575 b1 ");
}

// MP-024
TEST(edits, a_body_may_have_any_byte) {
    std::string every;
    for (int byte = 0; byte != 256; ++byte) every.push_back(static_cast<char>(byte));
    end_of_message at;
    ASSERT_TRUE(at.now.replace_body(every));
    at.now.close();
    EXPECT_EQ(at.output, framed('b', every));
}

// MP-229, peculiarity D22
TEST(edits, a_body_goes_out_in_one_piece_after_all_else) {
    end_of_message at;
    ASSERT_TRUE(at.now.replace_body("one\r\n"));
    ASSERT_TRUE(at.now.add_header("X", "y"));
    ASSERT_TRUE(at.now.progress());
    ASSERT_TRUE(at.now.replace_body("two\r\n"));
    ASSERT_TRUE(at.now.quarantine("why"));
    at.now.close();
    EXPECT_EQ(frames(at.output), "h4 p0 q4 b10 ");
    EXPECT_TRUE(at.output.ends_with(framed('b', "one\r\ntwo\r\n")));
}

TEST(edits, no_body_no_frame) {
    end_of_message at;
    at.now.close();
    EXPECT_TRUE(at.output.empty());
}

/// Every edit once, and what becomes of it.
std::vector<result<void>> all_of(edits& now) {
    return {now.add_header("X", "y"),        now.insert_header(0, "X", "y"),
            now.change_header("X", 1, "y"),  now.remove_header("X", 1),
            now.change_sender("<a>"),        now.add_recipient("<a>"),
            now.add_recipient("<a>", "N=1"), now.remove_recipient("<a>"),
            now.replace_body("x"),           now.quarantine("why")};
}

// MP-216
TEST(edits, none_without_the_agreed_action) {
    end_of_message at(0);
    for (auto const& one : all_of(at.now)) EXPECT_EQ(one.error(), errc::edit_not_agreed);
    at.now.close();
    EXPECT_TRUE(at.output.empty());
    constexpr std::uint32_t needed[] = {
        action::add_headers,   action::add_headers,    action::change_headers,     action::change_headers,
        action::change_sender, action::add_recipients, action::add_recipient_args, action::delete_recipients,
        action::change_body,   action::quarantine};
    for (std::size_t i = 0; i != std::size(needed); ++i) {
        end_of_message only(needed[i]);
        EXPECT_TRUE(all_of(only.now)[i]) << i;
        end_of_message all_but(action::all & ~needed[i]);
        EXPECT_EQ(all_of(all_but.now)[i].error(), errc::edit_not_agreed) << i;
    }
}

// MP-216, MP-217
TEST(edits, none_before_the_end_of_the_message_and_none_after_its_verdict) {
    edits never_opened;
    for (auto const& one : all_of(never_opened)) EXPECT_EQ(one.error(), errc::edit_misplaced);
    EXPECT_EQ(never_opened.progress().error(), errc::edit_misplaced);

    end_of_message at;
    at.now.close();
    for (auto const& one : all_of(at.now)) EXPECT_EQ(one.error(), condition::illegal_order);
    EXPECT_EQ(at.now.progress().error(), errc::edit_misplaced);
    EXPECT_TRUE(at.output.empty());
}

// MP-018
TEST(edits, none_longer_than_a_frame) {
    end_of_message at;
    std::string const fits(limits::payload - 3, 'x');
    EXPECT_TRUE(at.now.add_header("X", fits));
    EXPECT_EQ(at.now.add_header("X", fits + 'x').error(), errc::edit_too_long);
    EXPECT_EQ(at.now.insert_header(0, "X", fits).error(), errc::edit_too_long);
    EXPECT_EQ(at.now.add_recipient(fits + "xxx").error(), condition::limit);
    EXPECT_EQ(frames(at.output), "h65535 ");
}

TEST(edits, a_new_body_is_bounded) {
    std::string const half(limits::new_body / 2, 'x');
    end_of_message at;
    EXPECT_TRUE(at.now.replace_body(half));
    EXPECT_TRUE(at.now.replace_body(half));
    EXPECT_EQ(at.now.replace_body("x").error(), errc::edit_too_long);
}

}  // namespace
}  // namespace milterproto::core
