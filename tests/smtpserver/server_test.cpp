#include "smtpserver/server.hpp"

#include <gtest/gtest.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <stdexcept>

#include "milterproto/bell.hpp"
#include "smtpserver/support/served.hpp"

namespace smtpserver::testing {
namespace {

using namespace std::chrono_literals;

class SmtpServer : public served {
protected:
    static std::string send_message(smtp_client& peer, std::string_view from, std::string_view to,
                                    std::string_view text) {
        EXPECT_TRUE(peer.ask("MAIL FROM:<" + std::string(from) + ">").starts_with("250 "));
        EXPECT_TRUE(peer.ask("RCPT TO:<" + std::string(to) + ">").starts_with("250 "));
        EXPECT_TRUE(peer.ask("DATA").starts_with("354 "));
        peer.send(text);
        return peer.ask(".");
    }
};

// SE-105, SE-109: the bytes are those that the client sent.
TEST_F(SmtpServer, ReceivesAMessage) {
    serve();
    auto peer = greeted();
    EXPECT_EQ(send_message(peer, "a@x.example", "b@y.example", "Subject: hi\r\n\r\n..dot\r\n"),
              "250 2.0.0 OK");
    EXPECT_EQ(heard, (lines{"mail a@x.example", "rcpt b@y.example", "message a@x.example b@y.example"}));
    EXPECT_EQ(bytes, "Subject: hi\r\n\r\n.dot\r\n");
    EXPECT_EQ(peer.ask("QUIT"), "221 2.0.0 Bye");
    EXPECT_EQ(peer.reply(), "closed");
    peer.close();
    EXPECT_TRUE(becomes([&] { return one->connections() == 0; }));
    EXPECT_EQ(ends, std::vector{connection_end::orderly});
}

// SE-101: the null sender is MAILER-DAEMON at the first domain.
TEST_F(SmtpServer, NamesTheNullSenderAsPikeDoes) {
    serve();
    auto peer = greeted();
    EXPECT_EQ(send_message(peer, "", "b@y.example", "\r\n"), "250 2.0.0 OK");
    EXPECT_EQ(heard, (lines{"mail MAILER-DAEMON@y.example", "rcpt b@y.example",
                            "message MAILER-DAEMON@y.example b@y.example"}));
}

// SE-106, SE-107, SE-108
TEST_F(SmtpServer, RelaysItsDomainsAlone) {
    domains = {"Y.example", "z.example"};
    serve();
    auto peer = greeted();
    peer.ask("MAIL FROM:<a@x.example>");
    EXPECT_EQ(peer.ask("RCPT TO:<b@Z.EXAMPLE>"), "250 2.1.5 Recipient accepted");
    EXPECT_EQ(peer.ask("RCPT TO:<b@sub.y.example>"), "550 5.7.1 This server takes no mail for that domain");
    EXPECT_EQ(peer.ask("RCPT TO:<b@xy.example>"), "550 5.7.1 This server takes no mail for that domain");
    EXPECT_EQ(peer.ask("RCPT TO:<b@example>"), "550 5.7.1 This server takes no mail for that domain");
    EXPECT_EQ(peer.ask("RCPT TO:<POSTmaster>"), "250 2.1.5 Recipient accepted");
    EXPECT_EQ(heard, (lines{"mail a@x.example", "rcpt b@Z.EXAMPLE", "rcpt POSTmaster@Y.example"}));
}

// SE-106, SE-107
TEST_F(SmtpServer, RelaysMoreWhereItIsTold) {
    domains = {"y.example", "*"};
    serve();
    auto peer = greeted();
    peer.ask("MAIL FROM:<a@x.example>");
    EXPECT_EQ(peer.ask("RCPT TO:<b@anywhere.example>"), "250 2.1.5 Recipient accepted");
    one.reset();
    domains = {"y.example"};
    options.relayed_subdomains = subdomains::relayed;
    serve();
    auto other = greeted();
    other.ask("MAIL FROM:<a@x.example>");
    EXPECT_EQ(other.ask("RCPT TO:<b@a.b.Y.example>"), "250 2.1.5 Recipient accepted");
    EXPECT_EQ(other.ask("RCPT TO:<b@ay.example>"), "550 5.7.1 This server takes no mail for that domain");
}

TEST_F(SmtpServer, NeedsADomainOfItsOwn) {
    domains = {};
    EXPECT_THROW(serve(), std::invalid_argument);
    domains = {"*", "y.example"};
    EXPECT_THROW(serve(), std::invalid_argument);
}

// SE-103
TEST_F(SmtpServer, TellsNothingOfAnException) {
    application.on_rcpt = [](connection const&, mail_arguments const&, rcpt_arguments const& rcpt) -> reply {
        if (rcpt.path.local_part() == "odd") throw 1;
        throw std::runtime_error("secret");
    };
    application.on_mail = [](connection const&, mail_arguments const&) -> task<int> {
        co_await boost::asio::post(boost::asio::use_awaitable);
        throw std::runtime_error("secret, too");
    };
    serve();
    auto peer = greeted();
    EXPECT_EQ(peer.ask("MAIL FROM:<a@x.example>"), "451 4.3.0 Internal error, please try again later");
    EXPECT_EQ(exceptions, lines{"on_mail: secret, too"});
    EXPECT_EQ(peer.ask("NOOP"), "250 2.0.0 OK");
    one.reset();
    exceptions.clear();
    application.on_mail = {};
    serve();
    auto other = greeted();
    other.ask("MAIL FROM:<a@x.example>");
    EXPECT_EQ(other.ask("RCPT TO:<b@y.example>"), "451 4.3.0 Internal error, please try again later");
    EXPECT_EQ(other.ask("RCPT TO:<odd@y.example>"), "451 4.3.0 Internal error, please try again later");
    EXPECT_EQ(exceptions, (lines{"on_rcpt: secret", "on_rcpt: not a std::exception"}));
}

// SE-102: an int, a pair, a reply; from plain functions and from coroutines.
TEST_F(SmtpServer, TakesWhatCallbacksReturn) {
    application.on_mail = [](connection const&, mail_arguments const&) {
        return std::pair(250, "2.1.0 welcome");
    };
    application.on_rcpt = [](connection const&, mail_arguments const&,
                             rcpt_arguments const& rcpt) -> task<reply> {
        auto const& who = rcpt.path.local_part();
        co_return who == "b" ? reply(250) : reply(550, "5.1.1 " + who + " is unknown");
    };
    application.on_message = [](connection const&, message const&) -> task<int> { co_return 554; };
    serve();
    auto peer = greeted();
    EXPECT_EQ(peer.ask("MAIL FROM:<a@x.example>"), "250 2.1.0 welcome");
    EXPECT_EQ(peer.ask("RCPT TO:<c@y.example>"), "550 5.1.1 c is unknown");
    EXPECT_EQ(peer.ask("RCPT TO:<b@y.example>"), "250 2.1.5 Recipient accepted");
    peer.ask("DATA");
    EXPECT_EQ(peer.ask("."), "554 5.0.0 Transaction failed");
}

// A server of which nobody has said where mail goes must not say that it has taken it.
TEST_F(SmtpServer, KeepsNoMailWithoutACallback) {
    application = callbacks();
    serve();
    auto peer = greeted();
    EXPECT_EQ(send_message(peer, "a@x.example", "b@y.example", "hi\r\n"),
              "554 5.3.2 This server keeps no mail");
}

/// Callbacks wait until the test lets them go on.
class WaitingServer : public SmtpServer {
protected:
    WaitingServer() {
        application.on_rcpt = [this](connection const& who, mail_arguments const&,
                                     rcpt_arguments const& rcpt) -> task<reply> {
            ++running[who.number];
            most = std::max(most, running[who.number]);
            heard.push_back("rcpt " + rcpt.path.local_part());
            if (rcpt.path.local_part() == "slow") co_await gate.wait();
            --running[who.number];
            co_return 250;
        };
    }
    milterproto::bell gate{loop.get_executor()};
    std::map<std::uint64_t, int> running;
    int most = 0;
};

// SE-110, SE-112, SE-145
TEST_F(WaitingServer, LetsNobodyElseWait) {
    serve();
    auto slow = greeted();
    slow.send("MAIL FROM:<a@x.example>\r\nRCPT TO:<slow@y.example>\r\nRCPT TO:<next@y.example>\r\n");
    EXPECT_EQ(slow.reply(), "250 2.1.0 Sender accepted");  // it does not wait for the callback
    auto quick = greeted();
    quick.ask("MAIL FROM:<a@x.example>");
    EXPECT_EQ(quick.ask("RCPT TO:<quick@y.example>"), "250 2.1.5 Recipient accepted");
    EXPECT_EQ(heard, (lines{"mail a@x.example", "rcpt slow", "mail a@x.example", "rcpt quick"}));
    gate.ring();
    EXPECT_EQ(slow.reply(), "250 2.1.5 Recipient accepted");
    EXPECT_EQ(slow.reply(), "250 2.1.5 Recipient accepted");
    EXPECT_EQ(heard.back(), "rcpt next");
    EXPECT_EQ(most, 1);
}

TEST_F(WaitingServer, CancelsCallbacksWhenItStops) {
    serve();
    auto peer = greeted();
    peer.send("MAIL FROM:<a@x.example>\r\nRCPT TO:<slow@y.example>\r\n");
    EXPECT_TRUE(becomes([&] { return heard.size() == 2; }));
    one->stop();
    EXPECT_EQ(one->connections(), 0U);
    EXPECT_EQ(peer.reply(), "250 2.1.0 Sender accepted");
    EXPECT_EQ(peer.reply(), "closed");
    one.reset();
    settle();
    EXPECT_EQ(ends, std::vector{connection_end::stopped});
    EXPECT_TRUE(exceptions.empty());
}

// A client that leaves while it is asked about is found out afterwards.
TEST_F(WaitingServer, OutlivesAClientThatLeaves) {
    serve();
    auto peer = greeted();
    peer.send("MAIL FROM:<a@x.example>\r\nRCPT TO:<slow@y.example>\r\n");
    EXPECT_TRUE(becomes([&] { return heard.size() == 2; }));
    peer.close();
    settle();
    gate.ring();
    EXPECT_TRUE(becomes([&] { return one->connections() == 0; }));
    EXPECT_EQ(heard.back(), "abort a@x.example 3");
    EXPECT_EQ(ends, std::vector{connection_end::lost});
}

// SE-111, SE-161
TEST_F(SmtpServer, AbortsAMessageThatIsCutShort) {
    serve();
    auto peer = greeted();
    peer.ask("MAIL FROM:<a@x.example>");
    peer.ask("RCPT TO:<b@y.example>");
    peer.ask("DATA");
    peer.send("half a mess");
    peer.close();
    EXPECT_TRUE(becomes([&] { return one->connections() == 0; }));
    EXPECT_EQ(heard, (lines{"mail a@x.example", "rcpt b@y.example", "abort a@x.example 3"}));
}

// SE-159
TEST_F(SmtpServer, TurnsAwayAClientThatHasTooManyConnections) {
    options.max_connections_of_client = 2;
    serve();
    auto first = greeted();
    auto second = greeted();
    auto third = connect();
    EXPECT_EQ(third.reply(), "421 4.7.0 Too many connections from your address");
    EXPECT_EQ(third.reply(), "closed");
    EXPECT_EQ(refused, lines{"Too many connections from your address"});
    EXPECT_EQ(first.ask("NOOP"), "250 2.0.0 OK");
    second.ask("QUIT");
    second.close();
    EXPECT_TRUE(becomes([&] { return one->connections() == 1; }));
    auto fourth = greeted();
    EXPECT_EQ(fourth.ask("NOOP"), "250 2.0.0 OK");
}

TEST_F(SmtpServer, TurnsClientsAwayWhenAllPlacesAreTaken) {
    options.max_connections = 1;
    serve();
    auto first = greeted();
    auto second = connect();
    EXPECT_EQ(second.reply(), "421 4.7.0 Too many connections");
    EXPECT_EQ(first.ask("NOOP"), "250 2.0.0 OK");
}

// SE-163
TEST_F(SmtpServer, FinishesTransactionsBeforeItEnds) {
    serve();
    auto idle = greeted();
    auto busy = greeted();
    busy.ask("MAIL FROM:<a@x.example>");
    bool is_drained = false;
    one->drain();
    boost::asio::co_spawn(
        loop,
        [](server& of, bool& into) -> task<> {
            co_await of.drained();
            into = true;
        }(*one, is_drained),
        boost::asio::detached);
    EXPECT_EQ(idle.reply(), "421 4.3.2 The server stops");
    EXPECT_EQ(idle.reply(), "closed");
    busy.ask("RCPT TO:<b@y.example>");
    busy.ask("DATA");
    EXPECT_EQ(busy.ask("."), "250 2.0.0 OK");
    EXPECT_EQ(busy.reply(), "421 4.3.2 The server stops");
    EXPECT_FALSE(is_drained);
    idle.close();
    busy.close();
    EXPECT_TRUE(becomes([&] { return is_drained; }));
    EXPECT_EQ(heard.back(), "message a@x.example b@y.example");
}

// SE-157: in virtual time.
TEST_F(SmtpServer, ClosesAClientThatIsSilent) {
    milterproto::virtual_time time(loop);
    serve();
    auto peer = greeted();
    peer.say("MAIL FROM:<a@x.example>");
    EXPECT_EQ(peer.reply(), "250 2.1.0 Sender accepted");
    settle();
    time.advance(299s);
    EXPECT_EQ(one->connections(), 1U);
    time.advance(1s);
    EXPECT_EQ(peer.reply(), "421 4.4.2 Nothing came in time");
    EXPECT_EQ(heard.back(), "abort a@x.example 4");
    EXPECT_EQ(peer.reply(), "closed");
}

// SE-158: a pause holds up one client alone.
TEST_F(SmtpServer, AnswersErrorsInHasteSlowly) {
    milterproto::virtual_time time(loop);
    options.session.limits.errors_in_haste = 1;
    serve();
    auto peer = greeted();
    EXPECT_EQ(peer.ask("FOO"), "500 5.5.2 This is not a command");
    peer.say("FOO");
    settle();
    auto other = greeted();
    EXPECT_EQ(other.ask("NOOP"), "250 2.0.0 OK");
    settle();
    time.advance(1s);
    EXPECT_EQ(peer.reply(), "500 5.5.2 This is not a command");
}

// A client that does not read its replies is given up, and its memory with it.
TEST_F(SmtpServer, GivesUpAClientThatDoesNotRead) {
    milterproto::virtual_time time(loop);
    options.session.limits.junk = 10'000'000;
    serve();
    auto peer = greeted();
    peer.make_deaf();
    std::string const many = [] {
        std::string all;
        for (int i = 0; i < 1000; ++i) all += "HELP\r\n";
        return all;
    }();
    // It takes no more input when its output is not taken, and so the client cannot send any more.
    std::size_t at = 0;
    int refused_in_a_row = 0;
    while (refused_in_a_row < 10) {
        auto const count = peer.send_some(std::string_view(many).substr(at));
        at = (at + count) % many.size();
        refused_in_a_row = count == 0 ? refused_in_a_row + 1 : 0;
        settle();
    }
    EXPECT_EQ(one->connections(), 1U);
    time.advance(options.write_timeout);
    EXPECT_EQ(one->connections(), 0U);
    EXPECT_EQ(ends, std::vector{connection_end::unread});
}

// What a client has sent after QUIT must not cost it the reply (RFC 1122 4.2.2.13).
TEST_F(SmtpServer, SaysGoodbyeToAClientThatStillTalks) {
    serve();
    auto peer = greeted();
    peer.send("QUIT\r\n" + std::string(100'000, 'x'));
    EXPECT_EQ(peer.reply(), "221 2.0.0 Bye");
    EXPECT_EQ(peer.reply(), "closed");
}

TEST_F(SmtpServer, KeepsALongMessageInAFile) {
    folder_of_test const folder;
    options.message_memory = 100;
    options.spool_folder = folder.path();
    std::string part;
    application.on_message = [&](connection const&, message const& what) {
        bytes = what.bytes();
        std::array<char, 5> some{};
        part = std::string(some.data(), what.read(what.size() - 3, some));
        return std::filesystem::is_empty(folder.path()) ? 250 : 451;  // it has no name there
    };
    serve();
    auto peer = greeted();
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += "line " + std::to_string(i) + "\r\n";
    EXPECT_EQ(send_message(peer, "a@x.example", "b@y.example", text), "250 2.0.0 OK");
    EXPECT_EQ(bytes, text);
    EXPECT_EQ(part, "9\r\n");
    EXPECT_EQ(send_message(peer, "a@x.example", "b@y.example", "short\r\n"), "250 2.0.0 OK");
    EXPECT_EQ(bytes, "short\r\n");
}

TEST_F(SmtpServer, RefusesAMessageThatItCannotKeep) {
    options.message_memory = 10;
    options.spool_folder = "/does/not/exist";
    serve();
    auto peer = greeted();
    EXPECT_EQ(send_message(peer, "a@x.example", "b@y.example", "longer than ten bytes\r\n"),
              "452 4.3.1 Not enough storage, please try again later");
    EXPECT_EQ(spool_failures, 1);
    EXPECT_EQ(send_message(peer, "a@x.example", "b@y.example", "short\r\n"), "250 2.0.0 OK");
    EXPECT_EQ(bytes, "short\r\n");
}

// SE-165
TEST_F(SmtpServer, SpeaksLmtpOnAUnixSocket) {
    folder_of_test const folder;
    options.session.protocol = protocol::lmtp;
    application.on_message = [](connection const&, message const& what) {
        std::vector<reply> each;
        for (auto const& to : what.recipients()) each.emplace_back(to == "b@y.example" ? 250 : 452);
        return each;
    };
    serve("unix:" + (folder / "lmtp"));
    auto peer = connect();
    EXPECT_EQ(peer.reply(), "220 mx.y.example LMTP");
    peer.say("LHLO client.example");
    EXPECT_EQ(peer.last_line_of_reply(), "250 HELP");
    peer.ask("MAIL FROM:<a@x.example>");
    peer.ask("RCPT TO:<b@y.example>");
    peer.ask("RCPT TO:<c@y.example>");
    peer.ask("DATA");
    EXPECT_EQ(peer.ask("."), "250 2.0.0 OK");
    EXPECT_EQ(peer.reply(), "452 4.3.1 Not enough storage, please try again later");
}

// SE-155
TEST_F(SmtpServer, BelievesAListedProxy) {
    options.may_xclient = [](boost::asio::ip::address const& who) { return who.is_loopback(); };
    std::string client;
    application.on_mail = [&](connection const& who, mail_arguments const&) {
        client = who.client.address->to_string();
        return 250;
    };
    serve();
    auto peer = greeted();
    EXPECT_EQ(peer.ask("XCLIENT ADDR=192.0.2.7"), "220 mx.y.example ESMTP");
    peer.ask("EHLO client.example");
    peer.ask("MAIL FROM:<a@x.example>");
    EXPECT_EQ(client, "192.0.2.7");
}

TEST_F(SmtpServer, AsksBeforeItGreets) {
    application.on_connect = [](connection const& who) {
        return who.client.address->is_loopback() && who.client.port != 0 ? reply(554, "5.7.1 not you")
                                                                         : reply(250);
    };
    bool has_asked = false;
    application.on_mail = [&](connection const&, mail_arguments const&) {
        has_asked = true;
        return 250;
    };
    serve();
    auto peer = connect();
    EXPECT_EQ(peer.reply(), "554 5.7.1 not you");
    for (auto const* command : {"EHLO client.example", "MAIL FROM:<a@x.example>", "XOTHER"})
        EXPECT_EQ(peer.ask(command), "503 5.5.1 You are not welcome, say QUIT");  // RFC 5321 3.1
    EXPECT_EQ(peer.ask("QUIT"), "221 2.0.0 Bye");
    EXPECT_EQ(peer.reply(), "closed");
    EXPECT_FALSE(has_asked);
}

TEST_F(SmtpServer, ClosesAfterAGreetingThatSaysSo) {
    application.on_connect = [](connection const&) { return reply(554, "5.7.1 not you").then_close(); };
    serve();
    auto peer = connect();
    EXPECT_EQ(peer.reply(), "554 5.7.1 not you");
    EXPECT_EQ(peer.reply(), "closed");
}

TEST_F(SmtpServer, TellsOfWhatIsNotACommand) {
    application.on_unknown = [](connection const&, std::string_view line) {
        return line == "XGOOD" ? reply(250) : reply(554, "5.7.1 not " + std::string(line));
    };
    serve();
    auto peer = greeted();
    EXPECT_EQ(peer.ask("XGOOD"), "500 5.5.2 This is not a command");
    EXPECT_EQ(peer.ask("XBAD at all"), "554 5.7.1 not XBAD at all");
}

/// A server with a certificate.
class TlsServer : public SmtpServer {
protected:
    TlsServer() {
        write_certificate(folder_ / "cert.pem", folder_ / "key.pem");
        options.tls = tls_files{folder_ / "cert.pem", folder_ / "key.pem"};
        application.on_auth = [this](connection const& who, credentials const& found) {
            heard.push_back("auth " + found.user + (who.tls ? " in " + who.tls->version : " in clear"));
            return found.password == "secret" ? 235 : 535;
        };
    }
    folder_of_test folder_;
};

// SE-151, SE-152, SE-153
TEST_F(TlsServer, BeginsTlsOnRequest) {
    serve();
    auto peer = greeted();
    EXPECT_EQ(peer.ask("AUTH PLAIN AGEAc2VjcmV0"), "538 5.7.11 A password needs TLS: say STARTTLS first");
    EXPECT_EQ(peer.ask("STARTTLS"), "220 2.0.0 Begin the handshake");
    ASSERT_TRUE(peer.shake_hands());
    EXPECT_EQ(peer.ask("MAIL FROM:<a@x.example>"), "503 5.5.1 MAIL comes after EHLO or HELO, and not twice");
    EXPECT_EQ(peer.ask("EHLO client.example").find("STARTTLS"), std::string::npos);
    EXPECT_EQ(peer.ask("AUTH PLAIN AGEAc2VjcmV0"), "235 2.7.0 Authenticated");
    EXPECT_EQ(heard, lines{"auth a in TLSv1.3"});
    // Who has authenticated may send mail anywhere.
    EXPECT_EQ(send_message(peer, "a@y.example", "b@elsewhere.example", std::string(100'000, 'x') + "\r\n"),
              "554 5.6.0 A line of the message is too long");
    EXPECT_EQ(send_message(peer, "a@y.example", "b@elsewhere.example", "hi\r\n"), "250 2.0.0 OK");
    EXPECT_EQ(peer.ask("QUIT"), "221 2.0.0 Bye");
    EXPECT_EQ(peer.reply(), "closed");
}

// SE-151: a command in the segment of STARTTLS is never obeyed; it is no handshake either.
TEST_F(TlsServer, ObeysNothingThatWasInjected) {
    serve();
    auto peer = greeted();
    peer.send("STARTTLS\r\nMAIL FROM:<injected@x.example>\r\n");
    EXPECT_EQ(peer.reply(), "220 2.0.0 Begin the handshake");
    ASSERT_TRUE(peer.shake_hands());
    peer.ask("EHLO client.example");
    EXPECT_EQ(peer.ask("RCPT TO:<b@y.example>"), "503 5.5.1 RCPT comes after MAIL");
    EXPECT_TRUE(heard.empty());
}

TEST_F(TlsServer, BeginsTlsAtOnce) {
    serve("inet:0@127.0.0.1", tls_start::at_once);
    auto peer = connect();
    ASSERT_TRUE(peer.shake_hands());
    EXPECT_EQ(peer.reply(), "220 mx.y.example ESMTP");
    EXPECT_EQ(peer.ask("EHLO client.example").find("STARTTLS"), std::string::npos);
    EXPECT_EQ(send_message(peer, "a@x.example", "b@y.example", "hi\r\n"), "250 2.0.0 OK");
}

TEST_F(TlsServer, EndsAHandshakeThatFails) {
    serve();
    auto peer = greeted();
    EXPECT_EQ(peer.ask("STARTTLS"), "220 2.0.0 Begin the handshake");
    peer.send("this is not a handshake");
    EXPECT_TRUE(becomes([&] { return one->connections() == 0; }));
    EXPECT_EQ(handshake_failures, 1);
    EXPECT_EQ(ends, std::vector{connection_end::handshake});
}

TEST_F(TlsServer, DoesNotWaitForAHandshakeForEver) {
    milterproto::virtual_time time(loop);
    serve("inet:0@127.0.0.1", tls_start::at_once);
    auto peer = connect();
    EXPECT_TRUE(becomes([&] { return one->connections() == 1; }));
    settle();
    time.advance(60s);
    EXPECT_EQ(one->connections(), 0U);
    EXPECT_EQ(ends, std::vector{connection_end::handshake});
}

TEST_F(TlsServer, NamesAFileThatItCannotUse) {
    options.tls->key = folder_ / "missing.pem";
    try {
        serve();
        FAIL();
    } catch (std::runtime_error const& e) {
        EXPECT_NE(std::string(e.what()).find("missing.pem"), std::string::npos) << e.what();
    }
    options.tls.reset();
    EXPECT_THROW(serve("inet:0@127.0.0.1", tls_start::at_once), std::invalid_argument);
}

}  // namespace
}  // namespace smtpserver::testing
