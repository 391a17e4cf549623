#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>
#include <vector>

#include "milterproto/virtual_time.hpp"
#include "smtpserver/server.hpp"
#include "smtpserver/support/smtp_client.hpp"

namespace smtpserver::testing {

/// A server on loopback, its clients, and what the application and the observer heard, in one loop.
class served : public ::testing::Test, protected server_observer {
protected:
    served() {
        application.on_mail = [this](connection const&, mail_arguments const& mail) {
            heard.push_back("mail " + address_or_mailer_daemon(mail.path, "y.example"));
            return 250;
        };
        application.on_rcpt = [this](connection const&, mail_arguments const&, rcpt_arguments const& rcpt) {
            heard.push_back("rcpt " + rcpt.path.address());
            return 250;
        };
        application.on_message = [this](connection const&, message const& what) {
            auto line = "message " + what.sender();
            for (auto const& to : what.recipients()) line += ' ' + to;
            heard.push_back(line);
            bytes = what.bytes();
            return 250;
        };
        application.on_abort = [this](connection const&, envelope const& what, abandonment why) {
            heard.push_back("abort " + what.mail.path.address() + ' ' +
                            std::to_string(static_cast<int>(why)));
        };
    }
    /// Starts the server; its options are settled by now.
    server& serve(std::string const& where = "inet:0@127.0.0.1", tls_start tls = tls_start::on_request) {
        auto* const watcher = static_cast<server_observer*>(this);
        if (!one) one.emplace(loop.get_executor(), domains, application, options, watcher);
        EXPECT_TRUE(one->listen(milterproto::socket_spec::parse(where).value(), tls));
        one->start();
        return *one;
    }
    smtp_client connect() { return {loop, one->listening().front()}; }
    /// Returns a client that has been greeted and has said EHLO.
    smtp_client greeted() {
        auto peer = connect();
        EXPECT_EQ(peer.reply(), "220 mx.y.example ESMTP");
        peer.say("EHLO client.example");
        EXPECT_EQ(peer.last_line_of_reply(), "250 HELP");
        return peer;
    }
    /// Runs the loop until it is so.
    template <class Condition>
    ::testing::AssertionResult becomes(Condition is_so) {
        auto const until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!is_so()) {
            if (std::chrono::steady_clock::now() > until)
                return ::testing::AssertionFailure() << "it does not";
            if (loop.stopped()) loop.restart();
            loop.run_one_for(std::chrono::milliseconds(20));
        }
        return ::testing::AssertionSuccess();
    }
    /// Runs what is ready.
    void settle() {
        if (loop.stopped()) loop.restart();
        loop.poll();
    }

    void on_refused(std::string_view, std::string_view why) override { refused.emplace_back(why); }
    void on_closed(connection const&, connection_end how) override { ends.push_back(how); }
    void on_exception(connection const&, std::string_view callback, std::string_view what) override {
        exceptions.push_back(std::string(callback) + ": " + std::string(what));
    }
    void on_spool_failure(connection const&, boost::system::error_code) override { ++spool_failures; }
    void on_handshake_failure(connection const&, std::string_view) override { ++handshake_failures; }

    boost::asio::io_context loop;
    std::vector<std::string> domains{"y.example"};
    callbacks application;
    server_options options = [] {
        server_options made;
        made.session.host_name = "mx.y.example";
        return made;
    }();
    std::vector<std::string> heard;
    std::string bytes;  ///< of the last message
    std::vector<std::string> refused;
    std::vector<connection_end> ends;
    std::vector<std::string> exceptions;
    int spool_failures = 0;
    int handshake_failures = 0;
    std::optional<server> one;
};

using lines = std::vector<std::string>;

}  // namespace smtpserver::testing
