#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "milterproto/core/mta/mta_session.hpp"
#include "mta_traces.hpp"

/// The SMTP dialogues of the recorded sessions, played again: what the machine writes must be what the real
/// MTA wrote, byte by byte, and in the same places between the filter's answers.
namespace milterproto {
namespace {

using core::family;
using core::issued;

struct packet {
    char direction;
    std::string bytes;
};

std::vector<packet> packets_of(std::string_view trace) {
    std::vector<packet> packets;
    std::istringstream lines{std::string(trace)};
    for (std::string line; std::getline(lines, line);) {
        if (line.empty()) continue;
        if (line[0] != ' ') packets.push_back({line[0], {}});
        std::istringstream bytes(line.substr(2));
        for (unsigned byte = 0; bytes >> std::hex >> byte;)
            packets.back().bytes.push_back(static_cast<char>(byte));
    }
    return packets;
}

std::string in_hex(std::string_view bytes) {
    std::string text;
    for (char const c : bytes) {
        constexpr std::string_view digits = "0123456789abcdef";
        auto const byte = static_cast<unsigned char>(c);
        text += {digits[byte / 16], digits[byte % 16], ' '};
    }
    return text;
}

class replay {
public:
    replay(core::mta_dialect const& as, std::string_view trace) : mta(as), packets_(packets_of(trace)) {}

    /// What the command writes, and what follows from the recorded answers to it.
    void after(issued what) {
        EXPECT_NE(what, issued::too_early) << "before packet " << at_;
        for (;;) {
            auto const event = mta.next();
            if (auto const* failed = std::get_if<core::filter_failed>(&event))
                FAIL() << failed->why.message() << " at packet " << at_;
            if (std::holds_alternative<core::filter_change>(event)) ++changes;
            if (!std::holds_alternative<core::need_io>(event)) continue;
            if (!mta.output().empty()) {
                take_output();
                continue;
            }
            if (!mta.reply_due() || at_ == packets_.size()) return;
            ASSERT_EQ(packets_[at_].direction, '<') << "packet " << at_;
            feed(packets_[at_++].bytes);
        }
    }
    void expect_end() {
        EXPECT_EQ(at_, packets_.size());
        EXPECT_TRUE(mta.over());
    }

    core::mta_session mta;
    unsigned changes = 0;

private:
    void feed(std::string const& bytes) {
        std::memcpy(mta.input(bytes.size()).data(), bytes.data(), bytes.size());
        mta.received(bytes.size());
    }
    void take_output() {
        auto output = std::string(mta.output());
        mta.sent(output.size());
        while (!output.empty()) {
            ASSERT_LT(at_, packets_.size()) << in_hex(output);
            auto const& expected = packets_[at_].bytes;
            ASSERT_EQ(packets_[at_].direction, '>') << "packet " << at_ << " and " << in_hex(output);
            ASSERT_EQ(in_hex(output.substr(0, expected.size())), in_hex(expected)) << "packet " << at_;
            output.erase(0, expected.size());
            ++at_;
        }
    }

    std::vector<packet> packets_;
    std::size_t at_ = 0;
};

void set(replay& play, std::initializer_list<std::pair<std::string_view, std::string_view>> values) {
    for (auto const& [name, value] : values) play.mta.macros().set(name, value);
}

void set_postfix_connection(replay& play) {
    set(play, {{"j", "mx.example.test"},
               {"{daemon_name}", "mx.example.test"},
               {"{daemon_addr}", "127.0.0.1"},
               {"v", "Postfix 3.7.11"},
               {"_", "unknown [127.0.0.1]"},
               {"{mail_addr}", "a@example.com"},
               {"{mail_host}", "example.com"},
               {"{mail_mailer}", "discard"},
               {"{rcpt_host}", "example.org"},
               {"{rcpt_mailer}", "discard"}});
}

void send_postfix_message(replay& play, std::string_view id) {
    core::header_view const headers[] = {{"Subject", " hello"}};
    play.mta.queue_id(id);
    play.after(play.mta.data());
    play.after(play.mta.content(headers, "hi\n"));
}

void set_sendmail_connection(replay& play) {
    set(play, {{"j", "mx.example.test"},
               {"_", "localhost [127.0.0.1]"},
               {"{daemon_name}", "MTA"},
               {"{if_name}", "localhost"},
               {"{mail_mailer}", "esmtp"},
               {"{mail_host}", "example.com."},
               {"{mail_addr}", "a@example.com"},
               {"{rcpt_mailer}", "local"},
               {"{rcpt_host}", ""}});
}

core::header_view const three_headers[] = {
    {"Subject", " hello"}, {"X-Del", " gone"}, {"From", " a@example.com"}};

// MP-026, MP-062, MP-093, MP-121, MP-122, MP-124, MP-177
TEST(mta_trace, postfix_with_protocol_2) {
    replay play(core::postfix(2), test::traces::postfix_version_2);
    set_postfix_connection(play);
    play.after(play.mta.begin());
    play.after(play.mta.connect("unknown", family::ipv4, 47446, "127.0.0.1"));
    play.after(play.mta.helo("client.example.com"));
    play.after(play.mta.mail("<a@example.com>"));
    set(play, {{"{rcpt_addr}", "b@example.org"}});
    play.after(play.mta.rcpt("<b@example.org>"));
    send_postfix_message(play, "791B5A7C53E");
    play.after(play.mta.quit());
    play.expect_end();
}

// MP-099, MP-120, MP-121, MP-123, MP-125, MP-176
TEST(mta_trace, sendmail_with_protocol_6) {
    replay play(core::sendmail(), test::traces::sendmail_version_6);
    set_sendmail_connection(play);
    set(play, {{"{msg_id}", "<202611221423.6AMENAx7026619@mx.example.test>"}});
    play.after(play.mta.begin());
    play.after(play.mta.connect("localhost", family::ipv4, 46968, "127.0.0.1"));
    play.after(play.mta.helo("client.example.com"));
    play.mta.queue_id("6AMENAx7026619");
    play.after(play.mta.mail("<a@example.com>", {"SIZE=100", "BODY=8BITMIME"}));
    set(play, {{"{rcpt_addr}", "b"}});
    play.after(play.mta.rcpt("<b@example.org>"));
    set(play, {{"{rcpt_addr}", "c"}});
    play.after(play.mta.rcpt("<c@example.org>"));
    play.after(play.mta.data());
    play.after(play.mta.content(three_headers, "line1\nline2\n"));
    EXPECT_EQ(play.changes, 10u);
    play.after(play.mta.quit());
    play.expect_end();
}

// MP-124, MP-175, MP-177
TEST(mta_trace, postfix_with_a_message_aborted) {
    replay play(core::postfix(), test::traces::postfix_abort_and_second_message);
    set_postfix_connection(play);
    play.after(play.mta.begin());
    play.after(play.mta.connect("unknown", family::ipv4, 47478, "127.0.0.1"));
    play.after(play.mta.helo("client.example.com"));
    play.after(play.mta.mail("<a@example.com>"));
    set(play, {{"{rcpt_addr}", "b@example.org"}});
    play.after(play.mta.rcpt("<b@example.org>"));
    play.after(play.mta.reset());
    play.after(play.mta.mail("<a@example.com>"));
    set(play, {{"{rcpt_addr}", "c@example.org"}});
    play.after(play.mta.rcpt("<c@example.org>"));
    send_postfix_message(play, "3F191A7C56E");
    play.after(play.mta.quit());
    play.expect_end();
}

/// The log begins with the abort of a first message; what leads there stands in front of it here.
std::string with_first_message(std::string_view log) {
    return std::string(R"(
> 00 00 00 0d 4f 00 00 00 06 00 00 01 ff 00 1f ff ff
< 00 00 00 0d 4f 00 00 00 06 00 00 01 ff 00 00 04 00
> 00 00 00 02 44 48
> 00 00 00 03 48 78 00
< 00 00 00 01 63
> 00 00 00 02 44 4d
> 00 00 00 04 4d 3c 3e 00
< 00 00 00 01 63
> 00 00 00 02 44 52
> 00 00 00 05 52 3c 62 3e 00
< 00 00 00 01 63
)")
        .append(log);
}

// MP-123, MP-125, MP-175, MP-176
TEST(mta_trace, sendmail_with_a_message_aborted) {
    replay play(core::sendmail(), with_first_message(test::traces::sendmail_second_message));
    play.after(play.mta.begin());
    play.after(play.mta.helo("x"));
    play.after(play.mta.mail("<>"));
    play.after(play.mta.rcpt("<b>"));
    play.after(play.mta.reset());
    set_sendmail_connection(play);
    set(play, {{"{msg_id}", "<202611221423.6AMENCoP026880@mx.example.test>"}, {"{rcpt_addr}", "c"}});
    play.mta.queue_id("6AMENCoP026880");
    play.after(play.mta.mail("<a@example.com>"));
    play.after(play.mta.rcpt("<c@example.org>"));
    play.after(play.mta.data());
    play.after(play.mta.content(three_headers, "line1\r\nline2\r\n"));
    play.after(play.mta.quit());
    play.expect_end();
}

}  // namespace
}  // namespace milterproto
