#include "shell/run.hpp"

#include <boost/asio/this_coro.hpp>

#include "sending/additions.hpp"
#include "shell/conversation.hpp"

namespace submission::shell {
namespace {

namespace asio = boost::asio;
using sending::afterwards;

/// Each further connection to one address tries one thing that was not tried.
constexpr unsigned most_openings = 3;

std::chrono::milliseconds in_milliseconds(callout::steady_time::duration time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time);
}

sending::ending unreached(boost::system::error_code why) {
    sending::ending made;
    made.error = why;
    made.then = afterwards::next_address;
    return made;
}

}  // namespace

run::run(callout::world const& doors, client_options const& options, batch& what, destination to,
         observer* watcher)
    : world_(doors), options_(options), what_(what), to_(std::move(to)), tell_(watcher, doors.clock) {}

asio::awaitable<boost::system::error_code> run::go() {
    // What is cancelled is finished here, so that every event of the end is told.
    bool const throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    error_ = errc::nothing_to_do;
    if (what_.has_work()) {
        prepare_messages();
        error_ = co_await try_hosts();
    }
    if (tell_.threw()) error_ = callout::errc::cancelled;
    tell_.tell(event::session_done{what_, error_});
    co_await asio::this_coro::throw_if_cancelled(throws);
    co_return error_;
}

void run::prepare_messages() {
    for (auto& one : what_.messages)
        if (one.headers == missing_headers::are_added && one.added.date.empty())
            one.added = sending::make_additions(one, options_.helo, world_.clock.wall(), world_.random);
}

asio::awaitable<boost::system::error_code> run::try_hosts() {
    auto const hosts = co_await find_hosts(world_, options_, to_, tell_);
    if (!hosts) co_return hosts.error();
    error_ = errc::no_host;
    for (auto const& host : *hosts) {
        co_await try_host(host);
        if (is_over_) break;
    }
    co_return error_;
}

asio::awaitable<void> run::try_host(host_to_try const& host) {
    auto const addresses = co_await find_addresses(world_, options_, host, tell_);
    if (!addresses) {
        if (!tried_) error_ = addresses.error();
        co_return;
    }
    for (auto const& address : *addresses) {
        callout::endpoint const to(address, to_.port());
        if (!may_go_on_to(to)) co_return;
        tried_ = to;
        auto const ended = co_await try_address(host.name, to);
        error_ = ended.error;
        auto const cancelled = co_await asio::this_coro::cancellation_state;
        is_over_ = ended.then != afterwards::next_address || tell_.threw() ||
                   cancelled.cancelled() != asio::cancellation_type::none;
        if (is_over_) co_return;
    }
}

bool run::may_go_on_to(callout::endpoint to) {
    using decision = event::next_address::decision;
    if (!tried_) return true;
    is_over_ = tell_.ask(event::next_address{*tried_, to, error_}) == decision::quit || tell_.threw();
    return !is_over_;
}

asio::awaitable<sending::ending> run::try_address(std::string const& host, callout::endpoint to) {
    sending::opening how;
    how.tls = to_.tls();
    sending::ending ended;
    for (unsigned opened = 0; opened < most_openings; ++opened) {
        ended = co_await connect(host, to, how);
        if (ended.then != afterwards::again) break;
        how = ended.next;
    }
    if (ended.then == afterwards::again) ended.then = afterwards::next_address;
    co_return ended;
}

asio::awaitable<sending::ending> run::connect(std::string const& host, callout::endpoint to,
                                              sending::opening const& how) {
    tell_.tell(event::connecting{host, to, ++attempts_});
    auto const started = world_.clock.now();
    auto const until = started + options_.times.connect;
    auto connected = co_await world_.connector.connect(to, options_.source, until);
    auto const took = in_milliseconds(world_.clock.now() - started);
    if (!connected) {
        tell_.tell(event::connect_failed{host, to, connected.error(), took});
        co_return unreached(connected.error());
    }
    auto const peer = *std::move(connected);
    tell_.tell(event::connected{host, peer->local(), to, took, false});
    bool const is_literal = host.starts_with('[');
    sending::session talk(what_, options_, how, is_literal ? to.address().to_string() : host, tell_,
                          world_.random);
    conversation talking(talk, *peer, world_.clock, options_.times, what_, how.tls);
    co_await talking.hold();
    auto ended = talk.outcome();
    tell_.tell(event::disconnected{ended.cause, talking.during(), talk.last_command(), talking.bytes_in(),
                                   talking.bytes_out()});
    peer->close();
    co_return ended;
}

}  // namespace submission::shell
