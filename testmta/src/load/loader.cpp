#include "load/loader.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "host/net.hpp"
#include "milterproto/core/error.hpp"
#include "milterproto/core/limits.hpp"
#include "run/decode.hpp"
#include "text/values.hpp"

namespace testmta::load {

namespace asio = boost::asio;
using boost::system::error_code;
using clock = std::chrono::steady_clock;
using core::issued;
using namespace std::chrono_literals;

namespace {

/// As for scripts (TM-063).
constexpr std::chrono::microseconds usual_limit = 10s;
constexpr std::chrono::microseconds limit_of_end = 60s;
/// A filter that only reports progress is given up after so many limits.
constexpr int most_limits = 10;
/// Most answers are of five bytes. With 10,000 connections the buffers must be small.
constexpr std::size_t room_for_answer = 512;
/// While nothing is sent for longer than this, a connection is watched for the filter leaving, so that its
/// death is known in time (TM-100). Shorter waits are not worth the system calls.
constexpr auto watched_wait = 1s;
/// A Unix socket whose queue is full refuses at once where TCP would wait.
constexpr auto retry_of_full_queue = 5ms;
constexpr std::string_view client_host = "client.example.org", client_address = "192.0.2.1";
constexpr std::string_view own_name = "mta.example.test";
constexpr std::uint16_t client_port = 4711;

}  // namespace

loader::loader(asio::any_io_executor executor, crew& with, workload const& content, std::size_t connection)
    : with_(with),
      content_(content),
      sizes_(with.what, connection),
      socket_(executor),
      pace_(executor, with, connection),
      queue_id_("LOAD" + std::to_string(connection) + '-') {}

asio::awaitable<void> loader::run() {
    co_await pace_.await_opening();
    auto goes_on = pace_.next_start().has_value();
    while (goes_on) goes_on = co_await play_session();
}

/// Returns whether there are further messages.
asio::awaitable<bool> loader::play_session() {
    auto const is_ready = co_await open();
    if (!is_ready) {
        co_await leave();
        // Each connection that fails costs the message that it was for, so that their number has an end.
        auto const start = pace_.next_start();
        if (!start) co_return false;
        co_await pace_.await(*start);
        pace_.begin_message(*start);
        pace_.end_message(&tally::lost);
        co_return pace_.next_start().has_value();
    }
    messages_of_session_ = 0;
    for (;;) {
        auto const start = pace_.next_start();
        auto const is_full = with_.what.per_connection && messages_of_session_ == *with_.what.per_connection;
        if (!start || is_full) break;
        auto const is_there = co_await await_start(*start);
        if (!is_there) break;
        ++messages_of_session_;
        co_await play_message(*start);
        // A filter that is not asked any more would let every message pass.
        if (!mta_->filtering()) break;
    }
    co_await leave();
    co_return pace_.next_start().has_value();
}

/// Returns false if the filter left meanwhile.
loader::proceeds loader::await_start(moment start) {
    if (start - clock::now() <= watched_wait) co_return co_await pace_.await(start);
    socket_.async_wait(asio::socket_base::wait_read, [this](error_code cancelled) {
        if (!cancelled) pace_.interrupt();
    });
    auto const is_there = co_await pace_.await(start);
    error_code ignored;
    socket_.cancel(ignored);
    if (is_there) co_return true;
    add_error(phase::open, "the filter closed or spoke between two messages");
    close();
    // A filter that closes at once must not be asked without pause.
    co_await sleep(1s);
    co_return false;
}

loader::proceeds loader::open() {
    mta_.emplace(with_.what.as->mta);
    frames_.clear();
    is_greeting_ = true;
    fate_ = fate::undecided;
    limit_ = usual_limit;
    auto const is_connected = co_await connect_socket();
    if (!is_connected) co_return false;
    ++with_.counted.sessions;
    describe_client();
    auto const greeted = co_await greet();
    is_greeting_ = false;
    co_return greeted && mta_->filtering();
}

loader::proceeds loader::connect_socket() {
    auto const begun = clock::now();
    arm();
    error_code bad;
    for (;;) {
        close();
        auto const [refused] = co_await socket_.async_connect(with_.filter.endpoint(), as_value);
        bad = refused;
        if (bad) break;
        // Asio takes a full queue of a Unix socket for a connection under way, and then for a connection.
        socket_.remote_endpoint(bad);
        if (bad != asio::error::not_connected || is_late_) break;
        co_await sleep(retry_of_full_queue);
        if (clock::now() > deadline_) is_late_ = true;
    }
    disarm();
    if (is_late_) bad = asio::error::timed_out;
    if (bad) {
        auto const why = "cannot connect to " + with_.filter.to_string() + ": " + bad.message();
        with_.end(early_end::no_filter, why);
        co_return false;
    }
    with_.counted.time_of(phase::open).add(clock::now() - begun);
    socket_.non_blocking(true, bad);
    socket_.set_option(asio::ip::tcp::no_delay(true), bad);
    co_return true;
}

void loader::describe_client() {
    auto& macros = mta_->macros();
    for (auto const* name : {"j", "{daemon_name}", "{if_name}"}) macros.set(name, own_name);
    for (auto const* name : {"{daemon_addr}", "{if_addr}"}) macros.set(name, "127.0.0.1");
    macros.set("v", "testmta");
    macros.set("_", "client.example.org [192.0.2.1]");
}

loader::proceeds loader::greet() {
    auto goes_on = co_await ask(phase::negotiate, mta_->begin());
    if (!goes_on) co_return false;
    goes_on = co_await ask(phase::connect,
                           mta_->connect(client_host, core::family::ipv4, client_port, client_address));
    if (!goes_on) co_return false;
    goes_on = co_await ask(phase::helo, mta_->helo(client_host));
    co_return goes_on;
}

asio::awaitable<void> loader::play_message(moment start) {
    fate_ = fate::undecided;
    limit_ = usual_limit;
    auto const due = pace_.begin_message(start);
    mta_->queue_id(queue_id_ + std::to_string(++messages_));
    auto goes_on = co_await play_envelope();
    if (goes_on) goes_on = co_await play_content();
    if (fate_ == fate::undecided || fate_ == fate::passed) {
        with_.counted.time_of(phase::message).add(clock::now() - due);
        // An MTA whose filter has accepted early goes on alone.
        if (fate_ == fate::passed) mta_->end_of_message();
        pace_.end_message(&tally::passed);
    } else {
        if (!mta_->over()) mta_->reset();
        pace_.end_message(fate_ == fate::lost ? &tally::lost : &tally::failed);
    }
}

loader::proceeds loader::play_envelope() {
    auto& macros = mta_->macros();
    auto const inside = [](std::string_view path) { return path.substr(1, path.size() - 2); };
    macros.set("{mail_addr}", inside(content_.sender()));
    auto goes_on = co_await ask(phase::mail, mta_->mail(content_.sender()));
    if (!goes_on) co_return false;
    for (auto const& one : content_.recipients()) {
        macros.set("{rcpt_addr}", inside(one));
        goes_on = co_await ask(phase::rcpt, mta_->rcpt(one));
        if (!goes_on) co_return false;
    }
    goes_on = co_await ask(phase::data, mta_->data());
    co_return goes_on;
}

loader::proceeds loader::play_content() {
    auto goes_on = true;
    for (auto const& [name, value] : content_.headers()) {
        goes_on = co_await ask(phase::header, mta_->header(name, value));
        if (!goes_on) co_return false;
    }
    goes_on = co_await ask(phase::end_of_headers, mta_->end_of_headers());
    if (!goes_on) co_return false;
    auto rest = content_.body(sizes_.next());
    while (!rest.empty()) {
        auto const chunk = rest.substr(0, milterproto::limits::payload);
        rest.remove_prefix(chunk.size());
        goes_on = co_await ask(phase::body, mta_->body(chunk));
        if (!goes_on) co_return false;
    }
    limit_ = limit_of_end;
    goes_on = co_await ask(phase::end_of_message, mta_->end_of_message());
    co_return goes_on;
}

/// Says QUIT and waits until the filter closes, too: it is then the filter that keeps the closed connection
/// in its tables, and the ports of this machine last.
asio::awaitable<void> loader::leave() {
    if (!socket_.is_open()) co_return;
    mta_->quit();
    if (mta_->output().empty()) {
        close();
        co_return;
    }
    auto const begun = clock::now();
    limit_ = usual_limit;
    asked_ = heard_ = begun;
    arm();
    auto const is_written = co_await write();
    if (is_written) {
        char octet = 0;
        auto const [bad, count] = co_await socket_.async_read_some(asio::buffer(&octet, 1), as_value);
        if (!bad) add_error(phase::quit, "the filter answered QUIT");
        if (is_late_) add_error(phase::quit, "the filter did not close within " + text::to_string(limit_));
        if (bad && !is_late_) with_.counted.time_of(phase::quit).add(clock::now() - begun);
    }
    disarm();
    close();
}

loader::proceeds loader::ask(phase what, issued issued) {
    if (issued != issued::awaits_answer) {
        // What gets no answer is sent with the next event that gets one.
        auto const is_much = mta_->output().size() > milterproto::limits::payload;
        if (mta_->over()) take_event(what);
        if (!is_much) co_return !mta_->over();
    }
    asked_ = heard_ = clock::now();
    arm();
    for (;;) {
        auto const wanted = take_event(what);
        if (wanted == need::nothing) break;
        if (wanted == need::write) {
            co_await write();
        } else {
            co_await read();
        }
    }
    disarm();
    co_return fate_ == fate::undecided && !mta_->over();
}

loader::need loader::take_event(phase what) {
    for (;;) {
        auto const event = mta_->next();
        if (std::holds_alternative<core::need_io>(event)) {
            if (!mta_->output().empty()) return need::write;
            return mta_->reply_due() ? need::read : need::nothing;
        }
        if (std::holds_alternative<core::filter_agreed>(event)) {
            with_.counted.time_of(what).add(clock::now() - asked_);
            with_.has_met_filter.store(true, std::memory_order_relaxed);
        } else if (auto const* verdict = std::get_if<core::filter_verdict>(&event)) {
            with_.counted.time_of(what).add(clock::now() - asked_);
            take_verdict(what, *verdict);
        } else if (auto const* failed = std::get_if<core::filter_failed>(&event)) {
            take_failure(what, failed->why);
            return need::nothing;
        } else if (std::holds_alternative<core::filter_progress>(event)) {
            heard_ = clock::now();
            arm();
        }
    }
}

/// What an error is called begins with the event, so that kinds are few and say where to look.
void loader::take_verdict(phase what, core::filter_verdict const& came) {
    using core::answer;
    if (came.verdict == answer::proceed) return;
    if (came.verdict == answer::accept && !is_greeting_) {
        fate_ = fate::passed;
        return;
    }
    auto const may_skip = (mta_->agreed().steps & core::step::skip) != 0;
    if (came.verdict == answer::skip && what == phase::body && may_skip) return;
    fate_ = fate::failed;
    switch (came.verdict) {
        case answer::reply_code: return add_error(what, "reply " + std::string(came.reply.substr(0, 3)));
        case answer::shutdown: return add_error(what, "shutdown");
        case answer::conn_fail: return add_error(what, "conn-fail");
        default: add_error(what, std::string(run::script_word(came.verdict)));
    }
}

void loader::take_failure(phase what, error_code why) {
    fate_ = fate::lost;
    add_error(what, why.message());
    if (!with_.has_met_filter.load(std::memory_order_relaxed)) {
        // A filter that has too many connections refuses some before others have negotiated.
        if (!is_late_ && ++with_.refusals < with_.connections) return;
        with_.end(early_end::no_filter, with_.filter.to_string() + " does not negotiate: " + why.message());
    } else if (is_late_ && with_.last_heard <= asked_) {
        with_.end(early_end::silent_filter,
                  "the filter answered no connection for " + text::to_string(limit_));
    }
}

/// Writes all output.
loader::proceeds loader::write() {
    frames_.sent(mta_->output());
    while (!mta_->output().empty()) {
        error_code bad;
        auto const output = mta_->output();
        auto const count = socket_.write_some(asio::buffer(output.data(), output.size()), bad);
        if (!bad) {
            mta_->sent(count);
            with_.counted.octets_sent += count;
        } else if (bad == asio::error::would_block && !is_late_) {
            co_await socket_.async_wait(asio::socket_base::wait_write, as_value);
        } else {
            mta_->fail(is_late_ ? milterproto::errc::reply_timeout : milterproto::errc::peer_gone);
            co_return false;
        }
    }
    co_return true;
}

loader::proceeds loader::read() {
    auto const room = mta_->input(room_for_answer);
    auto const [bad, count] =
        co_await socket_.async_read_some(asio::buffer(room.data(), room.size()), as_value);
    if (bad) {
        mta_->fail(is_late_ ? milterproto::errc::reply_timeout : milterproto::errc::peer_gone);
        co_return false;
    }
    frames_.received({room.data(), count});
    mta_->received(count);
    with_.counted.octets_received += count;
    with_.last_heard = clock::now();
    co_return true;
}

void loader::arm() {
    is_late_ = false;
    auto const now = clock::now();
    deadline_ = now + limit_;
    if (mta_->reply_due()) deadline_ = std::min(deadline_, asked_ + most_limits * limit_);
}

void loader::disarm() {
    deadline_ = moment::max();
}

void loader::check_time(moment now) {
    if (now < deadline_) return;
    disarm();
    is_late_ = true;
    error_code ignored;
    socket_.cancel(ignored);
}

void loader::close() {
    error_code ignored;
    socket_.close(ignored);
}

void loader::add_error(phase what, std::string const& kind) {
    with_.errors.fetch_add(1, std::memory_order_relaxed);
    with_.counted.add_error(std::string(word_of(what)) + ": " + kind, [this] { return frames_.format(); });
}

}  // namespace testmta::load
