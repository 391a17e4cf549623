#include "bridge/command.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/host_name.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <iostream>
#include <stdexcept>

#include "bridge/receiver.hpp"
#include "bridge/relay.hpp"
#include "host/exit_status.hpp"
#include "host/net.hpp"
#include "smtpserver/server.hpp"

namespace testmta::bridge {
namespace {

using smtpserver::socket_spec;

/// A mistake of the command line: what is wrong, and what would be right.
class mistake : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

socket_spec place_in(std::string const& text) {
    auto const found = socket_spec::parse(text);
    if (!found) throw mistake('"' + text + "\" is " + found.error().message());
    return *found;
}

core::mta_dialect dialect_in(options const& wanted) {
    auto as = wanted.dialect == "sendmail" ? core::sendmail() : core::postfix();
    if (wanted.milter_timeout) {
        std::chrono::seconds const limit(*wanted.milter_timeout);
        as.timeouts.connect = as.timeouts.write = as.timeouts.command = as.timeouts.content = limit;
    }
    if (wanted.milter_failure.empty()) return as;
    auto const action = core::parse_failure_action(wanted.milter_failure);
    if (!action) throw mistake("--milter-failure knows no \"" + wanted.milter_failure + '"');
    as.failure.action = *action;
    return as;
}

std::string host_name_in(options const& wanted) {
    return wanted.host_name.empty() ? boost::asio::ip::host_name() : wanted.host_name;
}

filter_plan plan_in(options const& wanted) {
    filter_plan plan{{}, dialect_in(wanted), host_name_in(wanted)};
    for (auto const& one : wanted.milters) plan.filters.push_back(place_in(one));
    return plan;
}

/// The next hop comes first, because it may refuse.
std::vector<std::unique_ptr<destination>> destinations_in(options const& wanted,
                                                          boost::asio::any_io_executor const& executor) {
    std::vector<std::unique_ptr<destination>> all;
    if (!wanted.relay.empty()) {
        constexpr std::uint16_t smtp_port = 25;
        auto const hop = submission::destination::parse(wanted.relay, smtp_port);
        if (!hop) throw mistake('"' + wanted.relay + "\" is not HOST or HOST:PORT");
        all.push_back(to_next_hop(executor, *hop, host_name_in(wanted)));
    }
    if (!wanted.maildir.empty()) {
        auto folder = to_maildir(wanted.maildir);
        if (!folder) throw mistake(wanted.maildir + ": " + folder.error().message());
        all.push_back(*std::move(folder));
    }
    if (wanted.prints) all.push_back(to_stream(std::cout));
    if (all.empty()) throw mistake("mail needs a place to go: give --print, --maildir or --relay");
    return all;
}

smtpserver::server_options server_options_in(options const& wanted) {
    smtpserver::server_options made;
    made.session.host_name = host_name_in(wanted);
    if (wanted.speaks_lmtp) made.session.protocol = smtpserver::protocol::lmtp;
    if (wanted.tls_certificate.empty() != wanted.tls_key.empty())
        throw mistake("--tls-certificate and --tls-key go together");
    if (!wanted.tls_certificate.empty()) made.tls = {wanted.tls_certificate, wanted.tls_key};
    // So that a test can be any client.
    made.may_xclient = [](boost::asio::ip::address const& who) { return who.is_loopback(); };
    return made;
}

void listen(smtpserver::server& at, options const& wanted) {
    for (auto const& text : wanted.listen) {
        auto const done = at.listen(place_in(text));
        if (!done) throw mistake("cannot listen at " + text + ": " + done.error().message());
    }
    for (auto const& one : at.listening()) std::cout << "listening  " << one.to_string() << '\n';
    std::cout << "ready" << std::endl;
}

/// The first signal lets transactions finish, the second ends them.
boost::asio::awaitable<void> stop_on_signals(smtpserver::server& it) {
    boost::asio::signal_set signals(co_await boost::asio::this_coro::executor, SIGINT, SIGTERM);
    co_await signals.async_wait(as_value);
    it.drain();
    boost::asio::co_spawn(co_await boost::asio::this_coro::executor, it.drained(),
                          [&signals](std::exception_ptr const&) { signals.cancel(); });
    auto const [ended, number] = co_await signals.async_wait(as_value);
    if (!ended) it.stop();
}

void serve(options const& wanted) {
    boost::asio::io_context loop{1};
    receiver application(loop.get_executor(), plan_in(wanted), wanted.domains,
                         destinations_in(wanted, loop.get_executor()),
                         [](std::string const& line) { std::cerr << line << '\n'; });
    auto const first = wanted.domains.empty() ? host_name_in(wanted) : wanted.domains.front();
    smtpserver::server it(loop.get_executor(), {first, "*"}, application.callbacks(),
                          server_options_in(wanted), &application);
    listen(it, wanted);
    it.start();
    boost::asio::co_spawn(loop, stop_on_signals(it), boost::asio::detached);
    loop.run();
}

}  // namespace

int run(options const& wanted) {
    try {
        serve(wanted);
        return exit_status::passed;
    } catch (std::runtime_error const& problem) {
        std::cerr << "testmta smtp: " << problem.what() << '\n';
        return exit_status::usage;
    }
}

}  // namespace testmta::bridge
