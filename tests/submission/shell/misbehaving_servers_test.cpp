#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "callout/testing/memory_world.hpp"
#include "submission/client.hpp"
#include "submission/support/recorder.hpp"

namespace submission {
namespace {

using namespace std::chrono_literals;
using callout::testing::scripted_peer;

/// What a server does wrong, and what the application is told (smtp-engine.md D).
struct misdeed {
    char const* name;
    std::function<void(scripted_peer&)> of;
    boost::system::error_code error;
    fate then;
};

scripted_peer taking_peer(std::string greeting = "220 mx.example.org ESMTP\r\n") {
    return std::move(scripted_peer(std::move(greeting))
                         .on("DATA", "354 go on\r\n")
                         .on("Subject", "")
                         .on(".", "250 2.0.0 kept\r\n"));
}

auto greets(std::string how) {
    return [=](scripted_peer& peer) { peer = taking_peer(how); };
}
auto answers(std::string command, std::string how) {
    return [=](scripted_peer& peer) { peer.on(command, how); };
}
auto hangs_up_after(std::string command) {
    return [=](scripted_peer& peer) { peer.on(command, "").hang_up_after(command); };
}

std::string endless_reply() {
    std::string all;
    for (int i = 0; i < 10'000; ++i) all += "250-and so on\r\n";
    return all + "250 ok\r\n";
}

std::vector<misdeed> misdeeds() {
    using callout::errc;
    auto const open = fate::open;
    return {
        {"silence", greets(""), errc::timed_out, open},
        {"close_before_greeting", [](auto& p) { p = taking_peer("").hang_up_after("connect"); }, errc::closed,
         open},
        {"greeting_with_nul", greets(std::string("220 a\0b\r\n", 9)), {}, fate::delivered},
        {"greeting_over_long", greets("220 " + std::string(5000, 'x') + "\r\n"), errc::reply_line_too_long,
         open},
        {"greeting_without_end", greets(std::string(5000, '2')), errc::reply_line_too_long, open},
        {"greets_twice", greets("220 a\r\n220 b\r\n"), errc::reply_unsolicited, open},
        {"tls_alert", greets("\x15\x03\x01\x02\x02\x28\r\n"), errc::reply_not_numeric, open},
        {"half_greeting", greets("220-wait"), errc::timed_out, open},
        {"endless_hello", answers("EHLO", endless_reply()), errc::reply_too_many_lines, open},
        {"hello_not_understood", answers("EHLO", "hello to you\r\n"), errc::reply_not_numeric, open},
        {"two_replies_to_hello", answers("EHLO", "250 mx\r\n250 mx\r\n"), errc::reply_unsolicited, open},
        {"no_reply_to_mail", answers("MAIL", ""), errc::timed_out, open},
        {"close_at_mail", hangs_up_after("MAIL"), errc::closed, open},
        {"close_at_rcpt", hangs_up_after("RCPT"), errc::closed, open},
        {"half_reply_to_rcpt", answers("RCPT", "250-2.1.5 half"), errc::timed_out, open},
        {"code_6_to_rcpt", answers("RCPT", "650 ok\r\n"), errc::reply_code_out_of_range, open},
        {"bare_lf", answers("RCPT", "250 ok\n"), {}, fate::delivered},
        {"drops_what_is_pipelined", [](auto& p) { p.lose_pipelined(); }, errc::timed_out, open},
        {"close_after_354", [](auto& p) { p.hang_up_after("DATA"); }, errc::closed, open},
        // The dot went out with the content: nobody knows what became of it.
        {"close_in_content", hangs_up_after("Subject"), errc::closed, fate::unknown},
        {"close_after_dot", hangs_up_after("."), errc::closed, fate::unknown},
        {"garbage_after_dot", answers(".", "kept!\r\n"), errc::reply_not_numeric, fate::unknown},
        {"half_reply_after_dot", answers(".", "250-kept"), errc::timed_out, fate::unknown},
        {"250_and_more_after_dot", answers(".", "250 kept\r\n250 kept again\r\n"), {}, fate::delivered},
        {"close_at_quit", hangs_up_after("QUIT"), {}, fate::delivered},
        {"silence_at_quit", answers("QUIT", ""), {}, fate::delivered},
    };
}

class Misbehaving : public ::testing::TestWithParam<misdeed> {};

// Bounded time and memory, one clear result, and never a success that was none.
TEST_P(Misbehaving, HasAClearResult) {
    callout::testing::memory_world world;
    auto peer = taking_peer();
    GetParam().of(peer);
    world.net.put("192.0.2.10", peer);
    batch mail;
    mail.add(message(std::nullopt, text_content("Subject: hi\r\n")))
        .to(mailbox::parse("b@y.example").value());
    client_options options;
    options.tls = tls_policy::may;
    testing::recorder watching;
    client sender(world.doors(), options);
    auto const began = world.clock.now();
    auto const sent = world.run(sender.send(mail, destination::parse("192.0.2.10:25").value(), &watching));
    auto const error = sent ? boost::system::error_code() : sent.error();
    EXPECT_EQ(error, GetParam().error) << error.message() << '\n' << watching.lines();
    EXPECT_EQ(mail.messages.front().recipients.front().fate, GetParam().then) << watching.lines();
    EXPECT_LE(world.clock.now() - began, 20min);
    EXPECT_EQ(watching.names.back(), "session_done");
    EXPECT_EQ(std::ranges::count(watching.names, "connected"),
              std::ranges::count(watching.names, "disconnected"));
    EXPECT_LE(std::ranges::count(watching.names, "message_result"), 1);
}

INSTANTIATE_TEST_SUITE_P(All, Misbehaving, ::testing::ValuesIn(misdeeds()),
                         [](auto const& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace submission
