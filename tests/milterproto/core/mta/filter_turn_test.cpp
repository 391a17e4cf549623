#include "milterproto/core/mta/filter_turn.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "milterproto/core/mta/mta_session.hpp"

/// What becomes of a message under the changes of filters (milter-protocol.md 7).
namespace milterproto {
namespace {

using core::answer;
using core::modification;
using core::postfix;
using core::queued_header;
using core::queued_message;
using core::sendmail;

constexpr core::option_set agreed{6, core::action::all, 0};
constexpr core::option_set agreed_leading_space{6, core::action::all, core::step::header_leading_space};

modification header(answer what, std::string_view name, std::string_view value, std::uint32_t index = 0) {
    return {what, index, name, value, false};
}
modification add(std::string_view name, std::string_view value) {
    return header(answer::add_header, name, value);
}
modification insert(std::uint32_t index, std::string_view name, std::string_view value) {
    return header(answer::insert_header, name, value, index);
}
modification change(std::uint32_t index, std::string_view name, std::string_view value) {
    return header(answer::change_header, name, value, index);
}
modification address(answer what, std::string_view path, std::string_view arguments = {}) {
    return {what, 0, path, arguments, false};
}
modification body(std::string_view bytes) {
    return {answer::replace_body, 0, bytes, {}, false};
}

queued_message a_message() {
    queued_message message;
    message.sender = "a@example.com";
    message.sender_parameters = {"SIZE=100", "RET=FULL"};
    message.recipients.emplace_back("b@example.org");
    message.recipients.emplace_back("c@example.org");
    message.headers = {queued_header("Received", " by us", queued_header::origin::own_trace),
                       queued_header("Subject", " hello"), queued_header("X-Del", " one"),
                       queued_header("x-del", " two"), queued_header("From", " a@example.com")};
    message.body = "line1\r\nline2\r\n";
    return message;
}

std::string fields(queued_message const& message) {
    std::ostringstream text;
    for (auto const& one : message.headers) text << one.name << ':' << one.value << '\n';
    return text.str();
}

class changing {
public:
    explicit changing(core::mta_dialect const& as, core::option_set const& options = agreed)
        : dialect(as), turn(message, as, options) {}
    result<> operator()(modification const& what) { return turn.apply(what); }

    core::mta_dialect dialect;
    queued_message message = a_message();
    core::filter_turn turn;
};

// MP-233, peculiarity D16
TEST(filter_turn, added_headers) {
    changing in_postfix(postfix());
    in_postfix(add("From", "x"));
    EXPECT_EQ(fields(in_postfix.message),
              "Received: by us\nSubject: hello\nX-Del: one\nx-del: two\nFrom: a@example.com\nFrom: x\n");

    changing in_sendmail(sendmail());
    in_sendmail(add("X-DEL", "zero"));
    in_sendmail(add("X-New", "end"));
    EXPECT_EQ(fields(in_sendmail.message),
              "Received: by us\nSubject: hello\nX-DEL: zero\nX-Del: one\nx-del: two\nFrom: a@example.com\n"
              "X-New: end\n");
}

TEST(filter_turn, a_header_that_sendmail_would_have_added_itself) {
    changing in_sendmail(sendmail());
    in_sendmail.message.headers.emplace_back("Date", " today", queued_header::origin::own_default);
    in_sendmail(add("Date", "yesterday"));
    EXPECT_TRUE(fields(in_sendmail.message).ends_with("From: a@example.com\nDate: yesterday\n"));

    changing in_postfix(postfix());
    in_postfix.message.headers.emplace_back("Date", " today", queued_header::origin::own_default);
    in_postfix(add("Date", "yesterday"));
    EXPECT_TRUE(fields(in_postfix.message).ends_with("Date: today\nDate: yesterday\n"));
}

// MP-234, MP-235, peculiarity D17
TEST(filter_turn, inserted_headers) {
    for (auto const& as : {postfix(), sendmail()}) {
        changing top(as);
        top(insert(1, "X-Second", "below"));
        top(insert(0, "X-First", "above"));
        top(insert(1000, "X-Last", "end"));
        EXPECT_EQ(fields(top.message),
                  "X-First: above\nReceived: by us\nX-Second: below\nSubject: hello\nX-Del: one\nx-del: two\n"
                  "From: a@example.com\nX-Last: end\n");
    }
}

TEST(filter_turn, an_index_below_zero) {
    changing in_postfix(postfix());
    EXPECT_EQ(in_postfix(insert(0x80000000, "X", "y")).error(), errc::change_malformed);
    changing in_sendmail(sendmail());
    EXPECT_TRUE(in_sendmail(insert(0x80000000, "X", "y")));
    EXPECT_TRUE(fields(in_sendmail.message).ends_with("X: y\n"));
}

// MP-236
TEST(filter_turn, changed_headers_are_counted_as_shown_and_without_case) {
    changing in_postfix(postfix());
    in_postfix(change(2, "X-DEL", "second"));
    in_postfix(change(1, "Received", "not ours"));  // ours is not shown, so this one is added
    EXPECT_EQ(fields(in_postfix.message),
              "Received: by us\nSubject: hello\nX-Del: one\nX-DEL: second\nFrom: a@example.com\n"
              "Received: not ours\n");

    changing in_sendmail(sendmail());
    in_sendmail(change(2, "X-DEL", "second"));
    EXPECT_EQ(fields(in_sendmail.message),
              "Received: by us\nSubject: hello\nX-Del: one\nx-del: second\nFrom: a@example.com\n");
}

// MP-237
TEST(filter_turn, index_0_acts_as_1) {
    for (auto const& as : {postfix(), sendmail()}) {
        changing one(as);
        one(change(0, "Subject", "changed"));
        EXPECT_EQ(one.message.headers[1].value, " changed");
    }
}

// MP-238
TEST(filter_turn, an_index_beyond_the_count) {
    for (auto const& as : {postfix(), sendmail()}) {
        changing one(as);
        one(change(3, "X-Del", ""));
        EXPECT_EQ(fields(one.message), fields(a_message()));
        one(change(2, "X-Other", "added"));
        EXPECT_TRUE(fields(one.message).ends_with("X-Other: added\n"));
        one(change(9, "X-Nothing", ""));
        EXPECT_EQ(one.message.headers.size(), 6u);
    }
}

// MP-239, peculiarity D18
TEST(filter_turn, deleted_headers_and_their_numbers) {
    changing in_postfix(postfix());
    in_postfix(change(1, "X-Del", ""));
    in_postfix(change(1, "X-Del", "was second"));
    in_postfix.turn.finish(answer::proceed);
    EXPECT_EQ(fields(in_postfix.message),
              "Received: by us\nSubject: hello\nX-Del: was second\nFrom: a@example.com\n");

    changing in_sendmail(sendmail());
    in_sendmail(change(1, "X-Del", ""));
    in_sendmail(change(2, "X-Del", "was second"));
    in_sendmail.turn.finish(answer::proceed);
    EXPECT_EQ(fields(in_sendmail.message),
              "Received: by us\nSubject: hello\nx-del: was second\nFrom: a@example.com\n");
    // The next filter's turn counts anew.
    core::filter_turn next(in_sendmail.message, sendmail(), agreed);
    EXPECT_TRUE(next.apply(change(1, "X-Del", "first now")));
    EXPECT_EQ(in_sendmail.message.headers[2].value, " first now");
}

// MP-240, peculiarity D28
TEST(filter_turn, a_blank_precedes_values_unless_leading_space_was_agreed) {
    for (auto const& as : {postfix(), sendmail()}) {
        changing bare(as, agreed_leading_space);
        bare(add("X-Probe", "added"));
        bare(insert(0, "X-Top", "first"));
        bare(change(1, "Subject", "changed"));
        EXPECT_EQ(
            fields(bare.message),
            "X-Top:first\nReceived: by us\nSubject:changed\nX-Del: one\nx-del: two\nFrom: a@example.com\n"
            "X-Probe:added\n");
    }
}

// MP-096, MP-241, peculiarity D30
TEST(filter_turn, the_next_filter_sees_the_changes) {
    for (auto const& as : {postfix(), sendmail()}) {
        changing first(as);
        first(add("X-Probe", "added"));
        first(change(1, "X-Del", ""));
        first(body("new\r\n"));
        first.turn.finish(answer::proceed);
        std::string shown;
        for (auto const& one : first.message.shown_headers(as.edits))
            shown += std::string(one.name) + ':' + std::string(one.value) + '\n';
        EXPECT_EQ(shown, "Subject: hello\nx-del: two\nFrom: a@example.com\nX-Probe: added\n");
        EXPECT_EQ(first.message.body, "new\r\n");
    }
}

// MP-096, peculiarity D30
TEST(filter_turn, fields_that_the_MTA_added) {
    queued_message message;
    message.headers = {queued_header("Received", " us", queued_header::origin::own_trace),
                       queued_header("Date", " today", queued_header::origin::own_default)};
    EXPECT_EQ(message.shown_headers(postfix().edits).size(), 1u);
    EXPECT_TRUE(message.shown_headers(sendmail().edits).empty());
}

// MP-242
TEST(filter_turn, a_new_sender) {
    changing in_postfix(postfix());
    in_postfix(address(answer::change_sender, "<new@example.org>", "RET=HDRS XSOMETHING=1"));
    EXPECT_EQ(in_postfix.message.sender, "new@example.org");
    EXPECT_EQ(in_postfix.message.sender_parameters, (std::vector<std::string>{"SIZE=100", "RET=HDRS"}));

    changing in_sendmail(sendmail());
    in_sendmail(address(answer::change_sender, "<>", "RET=HDRS"));
    EXPECT_EQ(in_sendmail.message.sender, "");
    EXPECT_EQ(in_sendmail.message.sender_parameters, (std::vector<std::string>{"RET=HDRS"}));
}

// MP-243
TEST(filter_turn, new_recipients) {
    for (auto const& as : {postfix(), sendmail()}) {
        changing one(as);
        one(address(answer::add_recipient, "<extra@example.org>"));
        one(address(answer::add_recipient_args, "par@example.org", "NOTIFY=NEVER"));
        ASSERT_EQ(one.message.recipients.size(), 4u);
        EXPECT_EQ(one.message.recipients[2].address, "extra@example.org");
        EXPECT_EQ(one.message.recipients[3].address, "par@example.org");
        EXPECT_EQ(one.message.recipients[3].parameters, std::vector<std::string>{"NOTIFY=NEVER"});
    }
}

TEST(filter_turn, a_recipient_that_is_there_already) {
    changing in_postfix(postfix());
    in_postfix(address(answer::add_recipient, "<b@example.org>"));
    EXPECT_EQ(in_postfix.message.recipients.size(), 3u);
    changing in_sendmail(sendmail());
    in_sendmail(address(answer::add_recipient, "<b@example.org>"));
    EXPECT_EQ(in_sendmail.message.recipients.size(), 2u);
}

TEST(filter_turn, a_message_without_recipients_goes_nowhere) {
    changing one(postfix());
    one(address(answer::delete_recipient, "<b@example.org>"));
    one(address(answer::delete_recipient, "<c@example.org>"));
    one.turn.finish(answer::proceed);
    EXPECT_EQ(one.message.becomes, queued_message::fate::discarded);
}

// MP-244
TEST(filter_turn, recipients_taken_away) {
    for (auto const& as : {postfix(), sendmail()}) {
        changing one(as);
        EXPECT_TRUE(one(address(answer::delete_recipient, "<nobody@example.org>")));
        EXPECT_EQ(one.message.recipients.size(), 2u);
        one(address(answer::delete_recipient, "b@example.org"));
        ASSERT_EQ(one.message.recipients.size(), 1u);
        EXPECT_EQ(one.message.recipients[0].address, "c@example.org");
    }
}

// MP-024, MP-245
TEST(filter_turn, a_new_body) {
    for (auto const& as : {postfix(), sendmail()}) {
        changing one(as);
        one(body("new\r"));
        one(body("\nbody\r\n"));
        EXPECT_EQ(one.message.body, "new\r\nbody\r\n");
        core::body_cutter cutter(one.message.body);
        std::string frame;
        cutter.append_chunk(frame, limits::payload);
        EXPECT_EQ(frame.substr(5), "new\r\nbody\r\n");  // no CR is doubled for the next filter

        std::string every;
        for (int byte = 0; byte != 256; ++byte) every.push_back(static_cast<char>(byte));
        one(body(every));
        EXPECT_TRUE(one.message.body.ends_with(every));

        changing empty(as);
        empty(body(""));
        EXPECT_EQ(empty.message.body, "");
        changing untouched(as);
        EXPECT_EQ(untouched.message.body, "line1\r\nline2\r\n");
    }
}

// MP-248
TEST(filter_turn, quarantine_holds_what_is_delivered) {
    changing one(postfix());
    one({answer::quarantine, 0, "held by a test", {}, false});
    one.turn.finish(answer::proceed);
    EXPECT_EQ(one.message.quarantine, "held by a test");
    EXPECT_EQ(one.message.becomes, queued_message::fate::delivered);
}

// MP-249
TEST(filter_turn, changes_before_a_refusal_do_not_matter) {
    for (auto const verdict : {answer::reject, answer::tempfail, answer::reply_code}) {
        changing one(sendmail());
        one(address(answer::add_recipient, "<extra@example.org>"));
        one.turn.finish(verdict);
        EXPECT_EQ(one.message.becomes, queued_message::fate::refused);
    }
    changing thrown(sendmail());
    thrown(address(answer::add_recipient, "<extra@example.org>"));
    thrown.turn.finish(answer::discard);
    EXPECT_EQ(thrown.message.becomes, queued_message::fate::discarded);
}

TEST(filter_turn, more_than_an_MTA_holds) {
    queued_message message;
    core::filter_turn turn(message, sendmail(), agreed, 1000);
    EXPECT_TRUE(turn.apply(body(std::string(900, 'x'))));
    EXPECT_EQ(turn.apply(body(std::string(100, 'x'))).error(), errc::change_too_large);
    EXPECT_EQ(message.body.size(), 900u);
    EXPECT_TRUE(turn.apply(add("", "")).has_error() || message.headers.size() == 1);
    EXPECT_EQ(turn.apply(add("", "")).error(), errc::change_too_large) << "small ones take memory as well";
}

TEST(filter_turn, only_changes_are_changes) {
    changing one(sendmail());
    EXPECT_EQ(one({answer::accept, 0, {}, {}, false}).error(), errc::change_malformed);
}

}  // namespace
}  // namespace milterproto
