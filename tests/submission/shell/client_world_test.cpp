#include "submission/client.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "callout/testing/memory_world.hpp"
#include "submission/support/recorder.hpp"

namespace submission {
namespace {

using namespace std::chrono_literals;
using callout::testing::memory_world;
using callout::testing::scripted_peer;

/// A client in a world in memory: hours of waiting cost nothing.
class ClientInAWorld : public ::testing::Test {
protected:
    ClientInAWorld() {
        options.helo = callout::helo_name::parse("client.example").value();
        options.tls = tls_policy::may;
        options.use_ipv6 = false;
    }
    static scripted_peer taking_peer() {
        return std::move(scripted_peer()
                             .on("DATA", "354 go on\r\n")
                             .on("Subject", "")
                             .on(".", "250 2.0.0 kept\r\n")
                             .on("", "250 ok\r\n"));
    }
    message& add(std::string const& to = "bob@example.org") {
        auto& one =
            mail.add(message(mailbox::parse("ann@x.example").value(), text_content("Subject: hi\r\n")));
        one.to(mailbox::parse(to).value());
        return one;
    }
    result<void> send(destination const& to) {
        client sender(world.doors(), options);
        return world.run(sender.send(mail, to, &watching));
    }
    result<void> send_to_domain() {
        return send(destination::exchangers_for(mailbox::parse("bob@example.org").value()));
    }
    result<void> send_to_server(std::string const& host = "192.0.2.10") {
        return send(destination::parse(host + ":25").value());
    }
    std::string heard() {
        std::string all;
        for (auto const& one : world.net.connections) all += one.heard;
        return all;
    }
    std::vector<std::string> names_without(std::vector<std::string> const& unwanted) const {
        std::vector<std::string> all;
        for (auto const& one : watching.names)
            if (std::ranges::find(unwanted, one) == unwanted.end()) all.push_back(one);
        return all;
    }
    std::size_t count(std::string_view name) const {
        return static_cast<std::size_t>(std::ranges::count(watching.names, name));
    }
    fate fate_of_first() const { return mail.messages.front().recipients.front().fate; }

    memory_world world;
    client_options options;
    batch mail;
    testing::recorder watching;
};

// SE-001, SE-002, SE-005, SE-006, SE-173: CONNECT, MAILSTATUS, RCPTSTATUS, MESSAGEDATA, MESSAGESENT,
// DISCONNECT.
TEST_F(ClientInAWorld, TellsWhatHappensInTheOrderOfTheProtocol) {
    add();
    world.net.put("192.0.2.10", taking_peer());
    EXPECT_TRUE(send_to_server());
    EXPECT_EQ(names_without({"sent", "received"}),
              (std::vector<std::string>{"resolved", "connecting", "connected", "greeted", "hello_done",
                                        "mail_status", "rcpt_status", "data_ready", "message_progress",
                                        "message_result", "disconnected", "session_done"}));
    EXPECT_EQ(fate_of_first(), fate::delivered);
    EXPECT_TRUE(mail.messages.front().accepted());
}

// SE-021: nothing is left, so nothing is connected to.
TEST_F(ClientInAWorld, HasNothingToDo) {
    EXPECT_EQ(send_to_server().error(), errc::nothing_to_do);
    EXPECT_TRUE(world.net.connects.empty());
    EXPECT_EQ(watching.names, std::vector<std::string>{"session_done"});
    add();
    world.net.put("192.0.2.10", taking_peer());
    EXPECT_TRUE(send_to_server());
    EXPECT_EQ(send_to_server().error(), errc::nothing_to_do);
    EXPECT_EQ(world.net.connects.size(), 1u);
}

// SE-003, SE-004: an address that does not answer, one that refuses, and one that takes the message.
TEST_F(ClientInAWorld, GoesOnToTheNextAddress) {
    add();
    world.dns.mx("example.org", 10, "a.example.org");
    world.dns.mx("example.org", 20, "b.example.org");
    world.dns.mx("example.org", 30, "c.example.org");
    world.dns.address("a.example.org", "192.0.2.10");
    world.dns.address("b.example.org", "192.0.2.11");
    world.dns.address("c.example.org", "192.0.2.12");
    world.net.refuse("192.0.2.10", callout::errc::refused);
    world.net.put("192.0.2.11", scripted_peer("421 4.3.2 busy\r\n"));
    world.net.put("192.0.2.12", taking_peer());
    EXPECT_TRUE(send_to_domain());
    EXPECT_EQ(world.net.connects, (std::vector<std::string>{"192.0.2.10", "192.0.2.11", "192.0.2.12"}));
    EXPECT_EQ(
        names_without({"sent", "received", "resolved", "hello_done", "mail_status", "rcpt_status",
                       "data_ready", "message_progress"}),
        (std::vector<std::string>{"connecting", "connect_failed", "next_address", "connecting", "connected",
                                  "greeted", "server_closing", "disconnected", "next_address", "connecting",
                                  "connected", "greeted", "message_result", "disconnected", "session_done"}));
}

TEST_F(ClientInAWorld, StaysWhereTheObserverSaysSo) {
    add();
    watching.decisions["next_address"] = "quit";
    world.dns.mx("example.org", 10, "a.example.org");
    world.dns.address("a.example.org", "192.0.2.10");
    world.dns.address("a.example.org", "192.0.2.11");
    world.net.refuse("192.0.2.10", callout::errc::refused);
    world.net.refuse("192.0.2.11", callout::errc::refused);
    EXPECT_EQ(send_to_domain().error(), callout::errc::refused);
    EXPECT_EQ(world.net.connects.size(), 1u);
}

// Nothing is delivered twice: where something was sent, no other address is tried.
TEST_F(ClientInAWorld, DoesNotGoOnAfterMail) {
    add();
    world.dns.mx("example.org", 10, "a.example.org");
    world.dns.mx("example.org", 20, "b.example.org");
    world.dns.address("a.example.org", "192.0.2.10");
    world.dns.address("b.example.org", "192.0.2.11");
    world.net.put("192.0.2.10", taking_peer().on(".", "").hang_up_after("."));
    world.net.put("192.0.2.11", taking_peer());
    EXPECT_EQ(send_to_domain().error(), callout::errc::closed);
    EXPECT_EQ(world.net.connects.size(), 1u);
    EXPECT_EQ(fate_of_first(), fate::unknown);
    EXPECT_EQ(mail.messages.front().stage, message_stage::unknown);
    // It is sent again only if the application says so.
    EXPECT_EQ(send_to_domain().error(), errc::nothing_to_do);
    mail.messages.front().retry_unknown();
    world.net.put("192.0.2.10", taking_peer());
    EXPECT_TRUE(send_to_domain());
    EXPECT_EQ(fate_of_first(), fate::delivered);
}

// RFC 7505, RFC 5321 5.1
TEST_F(ClientInAWorld, AsksDnsWhoTakesTheMail) {
    add();
    world.dns.mx("example.org", 0, "");
    EXPECT_EQ(send_to_domain().error(), errc::null_mx);
    EXPECT_EQ(watching.names.front(), "resolved");
    world.dns.forget("example.org");
    EXPECT_EQ(send_to_domain().error(), errc::no_host);
    world.dns.address("example.org", "192.0.2.10");
    world.net.put("192.0.2.10", taking_peer());
    EXPECT_TRUE(send_to_domain()) << "the domain itself, where it has no MX";
    mail.messages.front().recipients.front().reset();
    world.dns.fails("example.org", callout::record_type::mx, callout::dns_outcome::failed);
    EXPECT_EQ(send_to_domain().error(), errc::dns_failed);
    EXPECT_EQ(send(destination::exchangers_for(mailbox::parse("x@nowhere.example").value())).error(),
              errc::no_such_domain);
}

// SE-045: the same address, by HELO.
TEST_F(ClientInAWorld, ConnectsAgainForHelo) {
    add();
    world.net.put("192.0.2.10", taking_peer().on("EHLO", "").hang_up_after("EHLO"));
    EXPECT_TRUE(send_to_server());
    EXPECT_EQ(world.net.connects.size(), 2u);
    EXPECT_NE(heard().find("HELO client.example\r\nMAIL FROM:<ann@x.example>\r\n"), std::string::npos);
    EXPECT_EQ(count("connected"), 2u);
    EXPECT_EQ(count("disconnected"), 2u);
}

// SE-066: in clear only on a new connection, and only where the policy allows it.
TEST_F(ClientInAWorld, GoesOnInClearOnANewConnection) {
    add();
    world.net.put("192.0.2.10", taking_peer().offer_tls(callout::testing::handshake::fails));
    EXPECT_TRUE(send_to_server());
    EXPECT_EQ(world.net.connects.size(), 2u);
    mail.messages.front().recipients.front().reset();
    options.tls = tls_policy::require;
    EXPECT_EQ(send_to_server().error(), callout::errc::tls_handshake);
    EXPECT_EQ(world.net.connects.size(), 3u);
    EXPECT_EQ(fate_of_first(), fate::open);
}

TEST_F(ClientInAWorld, SendsInTls) {
    add();
    options.tls = tls_policy::verified;
    world.dns.address("mail.example.org", "192.0.2.10");
    world.net.put("192.0.2.10", taking_peer().offer_tls(callout::testing::handshake::succeeds));
    EXPECT_TRUE(send_to_server("mail.example.org"));
    EXPECT_EQ(world.net.connections.front().wish->server_name, "mail.example.org");
    EXPECT_EQ(fate_of_first(), fate::delivered);
}

/// How long a run takes with a server that is silent at a command.
struct slow_phase {
    phase which;
    std::string command;
    std::chrono::milliseconds phase_times::* time;
};

class EachPhase : public ClientInAWorld, public ::testing::WithParamInterface<slow_phase> {};

// SE-091, SE-093, SE-098: each phase has its own time, and it is the one that was set.
TEST_P(EachPhase, HasATimeOfItsOwn) {
    add();
    options.pipelining = pipelining::never;
    options.times.*GetParam().time = 5s;
    auto peer = taking_peer().offer_tls(callout::testing::handshake::hangs);
    bool const is_tls = GetParam().which == phase::starttls;
    if (is_tls)
        options.tls = tls_policy::require;
    else
        peer.on("EHLO", "250 mx.example.org\r\n");
    world.net.put("192.0.2.10", peer.delay(GetParam().command, 100h));
    auto const began = world.clock.now();
    auto const sent = send_to_server();
    EXPECT_EQ(world.clock.now() - began, 5s);
    if (GetParam().which == phase::quit) {
        EXPECT_TRUE(sent) << "SE-099: QUIT changes nothing";
    } else {
        EXPECT_EQ(sent.error(), callout::errc::timed_out);
    }
    auto const cause = GetParam().which == phase::quit ? "0 " : is_tls ? "4 " : "3 ";
    auto const line = std::string("* disconnected ") + cause + std::string(to_string(GetParam().which));
    EXPECT_NE(watching.lines().find(line), std::string::npos) << watching.lines();
    EXPECT_EQ(count("session_done"), 1u);
    EXPECT_EQ(watching.names.back(), "session_done");
}

INSTANTIATE_TEST_SUITE_P(All, EachPhase,
                         ::testing::Values(slow_phase{phase::greeting, "greeting", &phase_times::greeting},
                                           slow_phase{phase::hello, "EHLO", &phase_times::hello},
                                           slow_phase{phase::starttls, "never", &phase_times::starttls},
                                           slow_phase{phase::mail, "MAIL", &phase_times::mail},
                                           slow_phase{phase::rcpt, "RCPT", &phase_times::rcpt},
                                           slow_phase{phase::data, "DATA", &phase_times::data},
                                           slow_phase{phase::end_of_data, ".", &phase_times::end_of_data},
                                           slow_phase{phase::quit, "QUIT", &phase_times::quit}),
                         [](auto const& one) { return std::string(to_string(one.param.which)); });

// SE-091: a reply that drips does not gain time.
TEST_F(ClientInAWorld, GivesTheWholeReplyItsTime) {
    add();
    options.times.greeting = 10s;
    world.net.put("192.0.2.10", taking_peer().drip(1, 4s));
    auto const began = world.clock.now();
    EXPECT_EQ(send_to_server().error(), callout::errc::timed_out);
    EXPECT_EQ(world.clock.now() - began, 10s);
}

// SE-092: the times that RFC 5321 4.5.3.2 asks for.
TEST(PhaseTimes, AreAtLeastThoseOfTheRfc) {
    phase_times const times;
    EXPECT_GE(times.greeting, 5min);
    EXPECT_GE(times.mail, 5min);
    EXPECT_GE(times.rcpt, 5min);
    EXPECT_GE(times.data, 2min);
    EXPECT_GE(times.content, 3min);
    EXPECT_GE(times.end_of_data, 10min);
    EXPECT_EQ(times.of(phase::rcpt), times.rcpt);
}

// A source that is slow holds nobody up but its own session, and its time is not the server's.
TEST_F(ClientInAWorld, WaitsForASlowSource) {
    auto const bell = world.clock.make_alarm();
    std::vector<std::string> pieces{"Subject: slow\r\n", "\r\n", "last\r\n"};
    std::size_t next = 0;
    auto const source = [&]() -> boost::asio::awaitable<std::string> {
        auto const until = world.clock.now() + 1h;
        while (world.clock.now() < until) co_await bell->wait(until);
        co_return next < pieces.size() ? pieces[next++] : std::string();
    };
    auto& one = mail.add(message(std::nullopt, flowing_content(source)));
    one.to(mailbox::parse("bob@example.org").value());
    world.net.put(
        "192.0.2.10",
        taking_peer().on("last", "").on("EHLO", "250-mx\r\n250 CHUNKING\r\n").on("BDAT", "250 ok\r\n"));
    options.chunking = chunking::never;
    auto const began = world.clock.now();
    EXPECT_TRUE(send_to_server());
    EXPECT_EQ(world.clock.now() - began, 4h);
    EXPECT_EQ(fate_of_first(), fate::delivered);
    EXPECT_NE(heard().find("Subject: slow\r\n\r\nlast\r\n.\r\n"), std::string::npos);
}

TEST_F(ClientInAWorld, GivesUpAMessageWhoseSourceThrows) {
    auto const source = []() -> boost::asio::awaitable<std::string> {
        throw std::runtime_error("the database is gone");
        co_return std::string();
    };
    mail.add(message(std::nullopt, flowing_content(source))).to(mailbox::parse("bob@example.org").value());
    world.net.put("192.0.2.10", taking_peer());
    EXPECT_EQ(send_to_server().error(), errc::content_failed);
    EXPECT_EQ(mail.messages.front().stage, message_stage::aborted);
    EXPECT_EQ(heard().find("\r\n.\r\n"), std::string::npos);
}

TEST_F(ClientInAWorld, LeavesOutAMessageWithoutContent) {
    mail.add(message(std::nullopt, nullptr)).to(mailbox::parse("bob@example.org").value());
    add();
    world.net.put("192.0.2.10", taking_peer());
    EXPECT_TRUE(send_to_server());
    EXPECT_EQ(mail.messages[0].error, errc::content_failed);
    EXPECT_TRUE(mail.messages[1].accepted());
}

// SE-005, SE-025: every end is told, also to an observer that threw.
TEST_F(ClientInAWorld, IsCancelledByAnObserverThatThrows) {
    add();
    watching.throws_at = "connected";
    world.net.put("192.0.2.10", taking_peer());
    EXPECT_EQ(send_to_server().error(), callout::errc::cancelled);
    EXPECT_EQ(watching.names.back(), "session_done");
    EXPECT_EQ(count("disconnected"), 1u);
    EXPECT_EQ(count("session_done"), 1u);
    EXPECT_EQ(heard(), "");
}

// The functions of a listener are called for the events that they take.
TEST_F(ClientInAWorld, TellsPlainFunctions) {
    add();
    add("nobody@example.org");
    std::vector<std::string> told;
    std::size_t others = 0;
    listener by_functions([&](event::rcpt_status const& e) { told.emplace_back(e.address); },
                          [&](event::data_ready const& e) {
                              told.push_back("ready " + std::to_string(e.accepted));
                              return e.message == 0 ? event::data_ready::decision::abort : e.proposed;
                          },
                          [&](auto const&) { ++others; });
    options.pipelining = pipelining::recipients;
    world.net.put("192.0.2.10", taking_peer());
    client sender(world.doors(), options);
    EXPECT_TRUE(world.run(sender.send(mail, destination::parse("192.0.2.10:25").value(), &by_functions)));
    EXPECT_EQ(told,
              (std::vector<std::string>{"bob@example.org", "ready 1", "nobody@example.org", "ready 1"}));
    EXPECT_GT(others, 5u);
    EXPECT_EQ(mail.messages[0].error, errc::skipped);
    EXPECT_TRUE(mail.messages[1].accepted());
}

// The headers that were added stay the same when a message is sent again.
TEST_F(ClientInAWorld, AddsHeadersOnce) {
    add().headers = missing_headers::are_added;
    world.net.put("192.0.2.10",
                  taking_peer().on("From", "").on("Date", "").on("Message-Id", "").on(".", "451 later\r\n"));
    EXPECT_TRUE(send_to_server());
    auto const first = heard();
    EXPECT_TRUE(send_to_server());
    EXPECT_EQ(heard(), first + first);
    EXPECT_NE(first.find("\r\nDate: "), std::string::npos);
    EXPECT_NE(first.find("@x.example>\r\n.\r\n"), std::string::npos);
}

}  // namespace
}  // namespace submission
