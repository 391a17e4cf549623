#include "callout_server/service.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <set>

#include "callout/mailfromd/poll_progress.hpp"
#include "callout/mailfromd/server.hpp"
#include "callout/verdict_word.hpp"
#include "callout_server/question_runner.hpp"
#include "config/networks.hpp"
#include "host/listening.hpp"
#include "log/spawn_guarded.hpp"
#include "milterproto/bell.hpp"
#include "milterproto/crowd.hpp"
#include "policy/admission.hpp"
#include "policy/provenance.hpp"

namespace vouchd {

namespace {

namespace asio = boost::asio;
namespace core = callout::core;
using socket = asio::generic::stream_protocol::socket;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr auto outcome = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t read_size = 4 * 1024;
constexpr std::size_t write_size = 64 * 1024;
/// How long a client may read nothing.
constexpr auto longest_write = 30s;
/// How often a full server looks whether another client waits, and how long one must have been idle to give
/// way to it.
constexpr auto look_for_room = 1s;
constexpr auto yields_after = 5s;

/// Writes the dialogue of a verification to the log, for a client that has said SET TRANSCRIPT=ON.
class transcriber final : public callout::observer {
public:
    transcriber(callout::poll_progress& progress, event_log& log, std::string sid, bool writes)
        : progress_(progress), log_(log), sid_(std::move(sid)), writes_(writes) {}

    void on(callout::any_event const& what, callout::steady_time when) override {
        progress_.on(what, when);
        if (!writes_) return;
        if (auto const* sent = std::get_if<callout::event::sent>(&what)) write("> ", sent->command);
        if (auto const* got = std::get_if<callout::event::received>(&what)) write("< ", got->reply.text());
    }

private:
    void write(std::string direction, std::string_view text) {
        log_.info("transcript", fields().add("id", sid_).add("line", direction += text));
    }

    callout::poll_progress& progress_;
    event_log& log_;
    std::string sid_;
    bool writes_;
};

/// Returns what the log says of an answer. A client is not told where an answer from the cache comes from:
/// the protocol has no words for it (callout-protocol.md 1.4).
fields described(std::string_view sid, core::callout_question const& question,
                 callout::verification const& found) {
    fields what;
    what.add("id", sid)
        .add("address", question.address)
        .add("verdict", to_string(callout::word_of(found)))
        .add("reason", to_string(found.reason))
        .add("mx", found.host)
        .add("source", provenance(found, subject(question.address)));
    return what;
}

}  // namespace

class callout_service::state final : public std::enable_shared_from_this<callout_service::state>,
                                     public milterproto::listener_owner {
public:
    state(asio::any_io_executor on, live_config const& configured, callout::engine& engine,
          callout::clock& timed, event_log& told)
        : executor(std::move(on)),
          live(configured),
          clock(timed),
          log(told),
          runner(configured, engine, timed),
          room_alarm(timed.make_alarm()),
          changed(executor) {}

    /// One client. It lives as long as one of its coroutines.
    class session {
    public:
        session(socket accepted, std::shared_ptr<config const> in_force, client_place place,
                callout::clock& clock, milterproto::crowd::member one_of)
            : values(std::move(in_force)),
              peer(std::move(accepted)),
              machine(values->callout_session_options(place)),
              to_read(peer.get_executor()),
              to_write(peer.get_executor()),
              alarm(clock.make_alarm()),
              client(std::move(one_of)),
              last_active(clock.now()) {}

        /// Returns how little the client would be missed: not at all while it waits for us.
        milterproto::candidate standing() const {
            milterproto::candidate found;
            bool const waits_for_us = machine.runs() && machine.output().empty();
            if (waits_for_us) return found;
            found.how = milterproto::spare::idle;
            found.of_client = client.of_client();
            found.since = last_active;
            return found;
        }

        std::shared_ptr<config const> values;
        socket peer;
        core::callout_server machine;
        milterproto::bell to_read, to_write;
        std::unique_ptr<callout::alarm> alarm;
        milterproto::crowd::member client;
        bool open = true;
        bool ended = false;  ///< the client sends nothing more
        callout::steady_time last_active;
    };
    using shared_session = std::shared_ptr<session>;
    using shared_state = std::shared_ptr<state>;

    void listen(milterproto::socket_spec const& where);
    void on_newcomer(std::string_view listener, milterproto::newcomer peer) override;
    void on_accept_failing(std::string_view listener, error_code why) override;
    void on_accept_recovered(std::string_view listener) override;
    bool is_full() const;
    bool is_awaited() const;
    void give_way();
    void close(session& which);
    bool has_ended() const noexcept { return sessions.empty() && runner.under_way() == 0; }
    void start(asio::awaitable<void> what, shared_session const& of);
    void begin_output(session& which) const;
    void pump(shared_session const& which);

    static asio::awaitable<void> make_room(shared_state self);
    static asio::awaitable<void> until_drained(shared_state self);
    static asio::awaitable<void> until_ended(shared_state self);
    static asio::awaitable<void> read(shared_state self, shared_session from);
    static asio::awaitable<void> write(shared_state self, shared_session to);
    static asio::awaitable<void> watch(shared_state self, shared_session whom);
    static asio::awaitable<void> verify(shared_state self, shared_session by,
                                        core::callout_question question);
    static asio::awaitable<void> try_again(shared_state self, core::callout_question question);

    asio::any_io_executor executor;
    live_config const& live;
    callout::clock& clock;
    event_log& log;
    question_runner runner;
    std::list<milterproto::listener> listeners;
    milterproto::crowd clients;  ///< outlives the sessions
    std::set<shared_session> sessions;
    std::unique_ptr<callout::alarm> room_alarm;
    bool makes_room = false;
    milterproto::bell changed;  ///< a session or a verification has ended
    bool draining = false;
};

void callout_service::state::listen(milterproto::socket_spec const& where) {
    auto const options = live.current()->callout_listener_options();
    listeners.push_back(listen_at(executor, where, options, "callout_server.listen"));
    listeners.back().start(*this);
}

bool callout_service::state::is_full() const {
    return sessions.size() >= live.current()->callout_server.max_connections;
}

bool callout_service::state::is_awaited() const {
    return std::ranges::any_of(listeners, [](auto const& one) { return one.is_awaited(); });
}

/// At the limit no client is accepted: the next ones wait in the listener's queue until one leaves, or has
/// been idle for so long that it can be asked to.
void callout_service::state::on_newcomer(std::string_view, milterproto::newcomer peer) {
    auto const& address = peer.address();
    auto const values = live.current();
    auto const place = place_of_callout_client(*values, address);
    if (!place) {
        log.info("callout_connect_refused", fields().add("client", address->to_string()));
        return;  // closed without a word
    }
    auto const whose = peer.client();
    auto kept = keep(peer, executor);
    error_code ignored;
    if (address) kept.set_option(asio::ip::tcp::no_delay(true), ignored);
    auto const one = std::make_shared<session>(std::move(kept), values, *place, clock,
                                               milterproto::crowd::member(clients, whose));
    sessions.insert(one);
    for (auto* part : {&state::read, &state::write, &state::watch}) start(part(shared_from_this(), one), one);
    if (!is_full()) return;
    for (auto& socket : listeners) socket.pause();
    if (std::exchange(makes_room, true)) return;
    spawn_guarded(executor, make_room(shared_from_this()), log, "callout_server",
                  [self = shared_from_this()] { self->makes_room = false; });
}

/// As long as the server is full: looks whether somebody waits for whom an idle client can leave.
asio::awaitable<void> callout_service::state::make_room(shared_state self) {
    while (self->is_full() && !self->draining) {
        co_await self->room_alarm->wait(self->clock.now() + look_for_room);
        if (self->is_full() && !self->draining && self->is_awaited()) self->give_way();
    }
    self->makes_room = false;
}

/// Ends the session that is missed least, if it has been idle for long enough.
void callout_service::state::give_way() {
    shared_session spared;
    milterproto::candidate chosen;
    for (auto const& one : sessions) {
        auto const found = one->standing();
        bool const may_leave =
            found.how != milterproto::spare::no && clock.now() - found.since >= yields_after;
        if (!may_leave || (spared != nullptr && !found.goes_before(chosen))) continue;
        spared = one;
        chosen = found;
    }
    if (spared == nullptr) return;
    log.info("callout_session_displaced", fields().add("id", spared->machine.sid()));
    close(*spared);
}

void callout_service::state::on_accept_failing(std::string_view listener, error_code why) {
    log.write(log_level::warn, "callout_accept_failing",
              fields().add("listener", listener).add("err", why.message()));
}

void callout_service::state::on_accept_recovered(std::string_view listener) {
    log.info("callout_accept_recovered", fields().add("listener", listener));
}

/// Ends a session: its coroutines return with errors, and the addresses that no server has answered for are
/// tried once more.
void callout_service::state::close(session& which) {
    if (!std::exchange(which.open, false)) return;
    error_code ignored;
    which.peer.close(ignored);
    which.alarm->ring();
    which.to_read.ring();
    which.to_write.ring();
    for (auto& question : which.machine.unfinished()) {
        if (draining || !runner.may_try_again(question)) continue;
        start(try_again(shared_from_this(), std::move(question)), nullptr);
    }
    std::erase_if(sessions, [&](auto const& one) { return one.get() == &which; });
    for (auto& one : listeners) one.resume();
    room_alarm->ring();
    changed.ring();
    auto const& commands = which.machine.commands();
    log.info("callout_session",
             fields().add("id", which.machine.sid()).add("ok", commands.ok).add("no", commands.no));
}

/// A fault of ours ends the session of which it was a part.
void callout_service::state::start(asio::awaitable<void> what, shared_session const& of) {
    spawn_guarded(executor, std::move(what), log, "callout_server", [self = shared_from_this(), of] {
        if (of) self->close(*of);
        self->changed.ring();
    });
}

/// Before a client is told something after a silence: it has `longest_write` to read that from now on.
void callout_service::state::begin_output(session& which) const {
    if (which.machine.output().empty()) which.last_active = clock.now();
}

/// Is called after each change of the machine: begins the verifications that it wants, and wakes the
/// coroutines that wait for it.
void callout_service::state::pump(shared_session const& which) {
    if (which->machine.overwhelmed()) return close(*which);
    for (auto& question : which->machine.take_run()) {
        start(verify(shared_from_this(), which, std::move(question)), which);
    }
    which->to_write.ring();
    which->to_read.ring();
}

asio::awaitable<void> callout_service::state::read(shared_state self, shared_session from) {
    std::array<char, read_size> bytes;
    while (from->open && !from->ended) {
        auto const room = std::min(bytes.size(), from->machine.room());
        if (room == 0) {
            co_await from->to_read.wait();
            continue;
        }
        auto const into = asio::buffer(bytes.data(), room);
        auto const [failed, count] = co_await from->peer.async_read_some(into, outcome);
        if (!from->open) co_return;
        from->last_active = self->clock.now();
        if (failed && failed != asio::error::eof) co_return self->close(*from);
        if (failed) {
            from->ended = true;
            from->machine.end_of_input();
        } else {
            from->machine.feed(std::string_view(bytes.data(), count));
        }
        self->pump(from);
    }
}

asio::awaitable<void> callout_service::state::write(shared_state self, shared_session to) {
    while (to->open) {
        auto const output = std::string(to->machine.output().substr(0, write_size));
        bool const is_done = to->machine.finished() || (self->draining && !to->machine.runs());
        if (output.empty() && is_done) co_return self->close(*to);
        if (output.empty()) {
            co_await to->to_write.wait();
            continue;
        }
        auto const bytes = asio::buffer(output);
        to->last_active = self->clock.now();
        auto const [failed, count] = co_await to->peer.async_write_some(bytes, outcome);
        if (!to->open) co_return;
        if (failed) co_return self->close(*to);
        to->last_active = self->clock.now();
        to->machine.written(count);
        self->pump(to);
    }
}

/// Ends a session whose client is silent, or does not read. It looks from time to time, so that reading and
/// writing need not tell it. A client that sends nothing more may still read: whether it has gone shows when
/// it is written to, and a RUN does not last for ever.
asio::awaitable<void> callout_service::state::watch(shared_state self, shared_session whom) {
    auto const idle = whom->values->callout_server.idle_timeout;
    auto const pause = std::min<std::chrono::milliseconds>(idle, longest_write);
    while (whom->open) {
        bool const reads_not = !whom->machine.output().empty();
        std::chrono::milliseconds limit = idle;
        if (reads_not) limit = longest_write;
        auto const now = self->clock.now();
        bool const waits_for_us = whom->machine.runs() && !reads_not;
        if (!waits_for_us && now >= whom->last_active + limit) co_return self->close(*whom);
        auto const look_again = waits_for_us ? now + pause : std::min(now + pause, whom->last_active + limit);
        co_await whom->alarm->wait(look_again);
    }
}

asio::awaitable<void> callout_service::state::verify(shared_state self, shared_session by,
                                                     core::callout_question question) {
    auto const id = question.id;
    auto const tell = [&self, &by, id](core::poll_stage stage, std::string_view text) {
        if (!by->open) return;
        self->begin_output(*by);
        by->machine.progress(id, stage, text);
        by->to_write.ring();
    };
    callout::poll_progress progress(tell);
    transcriber watcher(progress, self->log, by->machine.sid(), by->machine.wants_transcript());
    auto const found = co_await self->runner.run(question, watcher);
    progress.conclude(found);
    if (by->open) {
        self->begin_output(*by);
        by->machine.answer(id, found);
    }
    self->log.info("callout_answer", described(by->machine.sid(), question, found));
    self->changed.ring();
    if (by->open) self->pump(by);
}

asio::awaitable<void> callout_service::state::try_again(shared_state self, core::callout_question question) {
    co_await self->runner.try_again(std::move(question));
    self->changed.ring();
}

asio::awaitable<void> callout_service::state::until_drained(shared_state self) {
    while (!self->sessions.empty()) co_await self->changed.wait();
}

asio::awaitable<void> callout_service::state::until_ended(shared_state self) {
    while (!self->has_ended()) co_await self->changed.wait();
}

callout_service::callout_service(asio::any_io_executor executor, live_config const& live,
                                 callout::engine& engine, callout::clock& clock, event_log& log)
    : state_(std::make_shared<state>(std::move(executor), live, engine, clock, log)) {}

callout_service::~callout_service() {
    stop();
}

void callout_service::start() {
    auto const values = state_->live.current();
    if (!values->callout_server.enabled) return;
    for (auto const& where : values->callout_server.listen) state_->listen(where);
}

void callout_service::drain() {
    state_->draining = true;
    for (auto& one : state_->listeners) one.close();
    auto const all = state_->sessions;
    for (auto const& one : all) one->to_write.ring();
    state_->room_alarm->ring();
}

void callout_service::stop() {
    drain();
    auto const all = state_->sessions;
    for (auto const& one : all) state_->close(*one);
}

std::size_t callout_service::connections() const noexcept {
    return state_->sessions.size();
}

void callout_service::tell(callout::ledger& to) const {
    to.emplace_back("callout_clients", connections(), state_->live.current()->callout_server.max_connections);
    state_->runner.tell(to);
}

asio::awaitable<void> callout_service::drained() {
    return state::until_drained(state_);
}

asio::awaitable<void> callout_service::ended() {
    return state::until_ended(state_);
}

std::vector<milterproto::socket_spec> callout_service::listening() const {
    std::vector<milterproto::socket_spec> all;
    for (auto const& one : state_->listeners) all.push_back(one.where());
    return all;
}

}  // namespace vouchd
