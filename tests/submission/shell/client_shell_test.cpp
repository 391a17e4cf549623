#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "smtpserver/server.hpp"
#include "submission/client.hpp"
#include "submission/support/recorder.hpp"
#include "support/certificate_files.hpp"

namespace submission {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

/// A client and a real server on loopback, in one loop.
class ClientOnLoopback : public ::testing::Test {
protected:
    ClientOnLoopback() {
        receiving.session.host_name = "mx.y.example";
        options.helo = callout::helo_name::parse("client.example").value();
        options.tls = tls_policy::may;
        application.on_message = [this](smtpserver::connection const& who, smtpserver::message const& what) {
            bytes = what.bytes();
            recipients = what.recipients();
            envelope = what.envelope();
            was_in_tls = who.tls.has_value();
            user = who.user;
            ++messages;
            return smtpserver::reply(answer);
        };
    }
    void serve(smtpserver::tls_start tls = smtpserver::tls_start::on_request) {
        server.emplace(loop.get_executor(), std::vector<std::string>{"y.example", "*"}, application,
                       receiving);
        auto const where = smtpserver::socket_spec::parse("inet:0@127.0.0.1").value();
        ASSERT_TRUE(server->listen(where, tls));
        server->start();
    }
    void use_certificate(test::certificate_files const& theirs) {
        receiving.tls = smtpserver::tls_files{theirs.certificate.string(), theirs.key.string()};
    }
    message& add(std::string text = "Subject: hi\r\n\r\n.dot\r\n") {
        auto& one = mail.add(message(mailbox::parse("ann@x.example").value(), text_content(std::move(text))));
        one.to(mailbox::parse("bob@y.example").value());
        return one;
    }
    result<void> send(tls_start tls = tls_start::on_request, std::string const& host = "127.0.0.1") {
        client sender(loop.get_executor(), options, files);
        auto const to = destination::server(callout::host_name::parse(host).value(),
                                            server->listening().front().port(), tls);
        std::optional<result<void>> ended;
        asio::co_spawn(
            loop, sender.send(mail, to, &watching),
            asio::bind_cancellation_slot(cancelling.slot(), [&](std::exception_ptr thrown, result<void> how) {
                EXPECT_FALSE(thrown);
                ended = how;
            }));
        run_until([&] { return ended.has_value(); });
        return ended.value_or(callout::errc::timed_out);
    }
    template <class Condition>
    void run_until(Condition is_so) {
        auto const until = std::chrono::steady_clock::now() + 30s;
        while (!is_so() && std::chrono::steady_clock::now() < until) {
            if (loop.stopped()) loop.restart();
            loop.run_one_for(20ms);
        }
        EXPECT_TRUE(is_so());
    }

    asio::io_context loop;
    smtpserver::callbacks application;
    smtpserver::server_options receiving;
    std::optional<smtpserver::server> server;
    int answer = 250;
    std::string bytes;
    std::vector<std::string> recipients;
    smtpserver::envelope envelope;
    bool was_in_tls = false;
    std::string user;
    int messages = 0;

    test::scratch_folder folder;
    callout::tls_files files;
    client_options options;
    batch mail;
    testing::recorder watching;
    asio::cancellation_signal cancelling;
};

TEST_F(ClientOnLoopback, Sends) {
    serve();
    add().to(mailbox::parse("cy@y.example").value());
    EXPECT_TRUE(send());
    EXPECT_EQ(bytes, "Subject: hi\r\n\r\n.dot\r\n");
    EXPECT_EQ(recipients, (std::vector<std::string>{"bob@y.example", "cy@y.example"}));
    EXPECT_TRUE(mail.messages.front().accepted());
}

TEST_F(ClientOnLoopback, SendsWithoutExtensions) {
    receiving.session.offers = smtpserver::extensions();
    serve();
    add();
    EXPECT_TRUE(send());
    EXPECT_EQ(bytes, "Subject: hi\r\n\r\n.dot\r\n");
}

/// Much larger than any buffer on the way.
TEST_F(ClientOnLoopback, SendsALargeMessageEitherWay) {
    std::string text;
    for (int i = 0; i < 60'000; ++i)
        text += ". a line that begins with a dot, number " + std::to_string(i) + "\r\n";
    for (auto const how : {chunking::never, chunking::where_offered}) {
        options.chunking = how;
        serve();
        mail = batch();
        add(text);
        EXPECT_TRUE(send());
        EXPECT_TRUE(bytes == text);
        EXPECT_EQ(envelope.mail.size, text.size());
    }
}

TEST_F(ClientOnLoopback, AsksForNotifications) {
    serve();
    auto& one = add();
    one.id = envelope_id::make("id+1").value();
    one.ret = returned::headers;
    one.recipients.front().notify = notify_when::make({notification::failure}).value();
    one.recipients.front().original = original_recipient::make("rfc822", "Bob@y.example").value();
    EXPECT_TRUE(send());
    EXPECT_EQ(envelope.mail.envelope_id, "id+1");
    EXPECT_EQ(envelope.mail.ret, smtpserver::returned::headers);
}

// SE-070, SE-071: TLS 1.3 with its tickets, and the address of the server in its certificate.
TEST_F(ClientOnLoopback, SendsInVerifiedTls) {
    test::certificate_files const theirs(folder, "theirs", {.san = "IP:127.0.0.1"});
    use_certificate(theirs);
    files.authorities = theirs.certificate;
    options.tls = tls_policy::verified;
    serve();
    add();
    EXPECT_TRUE(send()) << watching.lines();
    EXPECT_TRUE(was_in_tls);
    EXPECT_NE(watching.lines().find("* tls_up TLSv1.3"), std::string::npos);
    EXPECT_EQ(watching.lines().find("certificate_verdict"), std::string::npos);
}

TEST_F(ClientOnLoopback, SendsInImplicitTls) {
    test::certificate_files const theirs(folder, "theirs", {.san = "IP:127.0.0.1"});
    use_certificate(theirs);
    files.authorities = theirs.certificate;
    options.tls = tls_policy::verified;
    serve(smtpserver::tls_start::at_once);
    add();
    EXPECT_TRUE(send(tls_start::at_once));
    EXPECT_TRUE(was_in_tls);
}

// SE-069: one event with both problems; refused by policy, accepted by decision.
TEST_F(ClientOnLoopback, RefusesACertificateThatProvesNothing) {
    test::certificate_files const theirs(folder, "theirs", {.san = "DNS:other.example"});
    use_certificate(theirs);
    options.tls = tls_policy::verified;
    serve();
    add();
    EXPECT_EQ(send().error(), errc::certificate_refused);
    EXPECT_EQ(std::ranges::count(watching.names, "certificate_verdict"), 1);
    EXPECT_NE(watching.lines().find("certificate_verdict problems 10 refuse"), std::string::npos);
    EXPECT_EQ(messages, 0);
    watching.decisions["certificate_verdict"] = "accept";
    EXPECT_TRUE(send());
    EXPECT_EQ(messages, 1);
}

// SE-068: nothing is sent, in TLS or in clear, unless the application goes on; and then in TLS.
TEST_F(ClientOnLoopback, DoesNotFallBackBecauseOfItsOwnFiles) {
    test::certificate_files const theirs(folder, "theirs", {.san = "IP:127.0.0.1"});
    use_certificate(theirs);
    files.authorities = folder / "none.pem";
    serve();
    add();
    EXPECT_EQ(send().error(), errc::tls_files_unusable);
    EXPECT_EQ(messages, 0);
    watching.decisions["client_certificate_problem"] = "go_on";
    EXPECT_TRUE(send());
    EXPECT_TRUE(was_in_tls);
    EXPECT_NE(watching.lines().find("none.pem does not exist"), std::string::npos);
}

TEST_F(ClientOnLoopback, Authenticates) {
    test::certificate_files const theirs(folder, "theirs", {.san = "IP:127.0.0.1"});
    use_certificate(theirs);
    options.tls = tls_policy::require;
    application.on_auth = [](smtpserver::connection const&, smtpserver::credentials const& given) {
        return given.user == "ann" && given.password == "secret" ? 235 : 535;
    };
    serve();
    add();
    options.login = credentials::password("ann", "wrong");
    EXPECT_EQ(send().error(), errc::not_authenticated);
    EXPECT_EQ(messages, 0);
    for (auto const how : {auth_mechanism::plain, auth_mechanism::login}) {
        mail.messages.front().recipients.front().reset();
        options.login = credentials::password("ann", "secret");
        options.login->mechanisms = {how};
        EXPECT_TRUE(send());
        EXPECT_EQ(user, "ann");
    }
    EXPECT_EQ(messages, 2);
}

// SE-005: a run that is cancelled tells its end.
TEST_F(ClientOnLoopback, IsCancelled) {
    application.on_rcpt = [this](smtpserver::connection const&, smtpserver::mail_arguments const&,
                                 smtpserver::rcpt_arguments const&) -> asio::awaitable<smtpserver::reply> {
        asio::post(loop, [this] { cancelling.emit(asio::cancellation_type::terminal); });
        asio::steady_timer forever(loop, 1h);
        boost::system::error_code ignored;
        co_await forever.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        co_return 250;
    };
    serve();
    add();
    EXPECT_EQ(send().error(), callout::errc::cancelled);
    EXPECT_EQ(watching.names.back(), "session_done");
    EXPECT_EQ(std::ranges::count(watching.names, "disconnected"), 1);
    EXPECT_NE(watching.lines().find("* disconnected 7 "), std::string::npos) << watching.lines();
    server->stop();
    run_until([&] { return server->connections() == 0; });
}

// A message that is refused at its end leaves the session in order for the next one.
TEST_F(ClientOnLoopback, SendsTheNextAfterARefusal) {
    serve();
    add("first\r\n");
    add("second\r\n");
    answer = 554;
    EXPECT_TRUE(send());
    EXPECT_EQ(mail.messages[0].recipients.front().fate, fate::failed);
    EXPECT_EQ(mail.messages[1].recipients.front().fate, fate::failed);
    EXPECT_EQ(messages, 2);
}

// SE-049: with a server whose buffers are small, a long list of recipients comes through.
TEST_F(ClientOnLoopback, SendsToManyRecipients) {
    receiving.session.limits.recipients = 20'000;
    receiving.session.limits.envelope = 10'000'000;
    serve();
    auto& one = add();
    for (int i = 0; i < 10'000; ++i) one.to(mailbox::parse("r" + std::to_string(i) + "@y.example").value());
    EXPECT_TRUE(send());
    EXPECT_EQ(recipients.size(), 10'001u);
    EXPECT_EQ(messages, 1);
}

// The server's limit on recipients: further transactions take the rest.
TEST_F(ClientOnLoopback, SendsToMoreRecipientsThanOneTransactionTakes) {
    receiving.session.limits.recipients = 100;
    serve();
    auto& one = add();
    for (int i = 0; i < 249; ++i) one.to(mailbox::parse("r" + std::to_string(i) + "@y.example").value());
    EXPECT_TRUE(send()) << watching.lines();
    EXPECT_EQ(messages, 3);
    for (auto const& whom : one.recipients) ASSERT_EQ(whom.fate, fate::delivered);
}

}  // namespace
}  // namespace submission
