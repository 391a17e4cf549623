#include "session.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "callback_name.hpp"
#include "driver/await_callback.hpp"
#include "printable.hpp"

namespace milterproto::detail {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// With less room than this a read is not worth its system call.
constexpr std::size_t least_room = 32 * 1024;

/// At most this many of the first bytes of a peer that is not an MTA are reported.
constexpr std::size_t opening = 64;

}  // namespace

session_loop::session_loop(stream peer, connection_place place, milter_peer who,
                           std::unique_ptr<filter> author, std::shared_ptr<session_host> host)
    : peer_(std::move(peer)),
      place_(std::move(place)),
      who_(std::move(who)),
      host_(std::move(host)),
      driver_(std::move(author), host_->options.missing, host_->options.max_payload, *this, host_->now) {}

void session_loop::start() {
    await_input();
}

void session_loop::stop() {
    auto const wanted = driver_.stop();
    peer_.close();  // what waits on it comes back
    obey(wanted);
}

/// Works from one wait to the next.
void session_loop::go_on() {
    if (come_to_rest()) return;
    auto const cancel = std::make_shared<asio::cancellation_signal>();
    cancel_ = cancel;
    asio::co_spawn(host_->executor, await_callbacks(),
                   asio::bind_cancellation_slot(cancel->slot(), [cancel](std::exception_ptr const&) {}));
    if (driver_.callback_waits()) flush();  // answers to earlier commands do not wait for this one
}

/// Deals with all that has come, writes what is to be written and waits, or ends. Returns false if a callback
/// waits.
bool session_loop::come_to_rest() {
    for (;;) {
        auto const why = driver_.advance(host_->now);
        if (why == halt::callback) return false;
        if (why == halt::end) {
            finish();
            return true;
        }
        auto const written = flush();
        if (written == sent::all) why == halt::turn ? await_turn() : await_input();
        if (written == sent::some) await_room();
        if (host_->is_awaited && !is_busy()) host_->on_rested();
        if (written != sent::failed) return true;
    }
}

/// Lets the other connections go on before the next command is looked at.
void session_loop::await_turn() {
    waits_for_ = waits_for::turn;
    asio::post(host_->executor, [self = shared_from_this()] {
        self->waits_for_ = waits_for::nothing;
        self->go_on();
    });
}

/// Awaits the callbacks' tasks, one after another, until all that has come is dealt with.
task<> session_loop::await_callbacks() {
    auto const self = shared_from_this();
    do {
        looked_again_ = false;
        host_->beat_soon();
        co_await await_callback(driver_);
    } while (!come_to_rest());
    cancel_.reset();
}

void session_loop::obey(demand wanted) {
    switch (wanted) {
        case demand::nothing: return;
        case demand::write: flush(); return;
        case demand::cancel_callback: return cancel_callback();
        case demand::close: return peer_.close();
    }
}

void session_loop::cancel_callback() {
    // Not in here: what an author awaits may end at once, and the host goes through all its sessions.
    asio::post(host_->executor, [cancel = cancel_] { cancel->emit(asio::cancellation_type::terminal); });
}

// ---- the socket ----

void session_loop::await_input() {
    give_buffer();
    waits_for_ = waits_for::input;
    await_readable();
}

void session_loop::await_readable() {
    looked_again_ = false;
    host_->beat_soon();
    peer_.await_readable(shared_from_this());
}

/// A wait that began on behalf of a callback may serve the next command, and the other way round.
void session_loop::on_readable(error_code failed) {
    looked_again_ = true;
    if (driver_.callback_waits()) return on_sign(failed);
    if (waits_for_ == waits_for::input) on_input(failed);
}

void session_loop::on_input(error_code failed) {
    waits_for_ = waits_for::nothing;
    if (failed) {
        driver_.mta_ended();
    } else if (!is_read_into(room_to_read())) {
        return await_input();
    }
    go_on();
}

/// Bytes came, or the MTA is gone, while a callback waits.
void session_loop::on_sign(error_code failed) {
    if (!driver_.is_watching() || failed) return;
    auto const room = driver_.machine().input_ahead();  // its views stay where they are
    if (room.empty()) return;
    is_read_into(room);
    if (driver_.is_watching()) await_readable();
}

/// Returns whether something came: bytes, or the end.
bool session_loop::is_read_into(std::span<char> room) {
    error_code failed;
    auto const count = peer_.read_some(room, failed);
    if (failed == asio::error::would_block) return false;
    last_read_ = count;
    obey(failed ? driver_.mta_ended() : driver_.received(count));
    return true;
}

std::span<char> session_loop::room_to_read() {
    auto& machine = driver_.machine();
    auto& pool = host_->buffers;
    if (machine.buffer_size() < buffer_pool::large_size) pool.give(machine.adopt(pool.take_large()));
    // A frame that is too long for that is read to its end and no further: then nothing has to be moved.
    auto const kept = machine.waiting();
    bool const has_room = kept + least_room <= buffer_pool::large_size;
    auto const most = has_room ? buffer_pool::large_size - kept : std::max(machine.missing(), least_room);
    auto const room = machine.input(most);
    return room.first(std::min(room.size(), most));
}

session_loop::sent session_loop::flush() {
    while (!driver_.output().empty()) {
        error_code failed;
        auto const count = peer_.write_some(driver_.output(), failed);
        if (failed == asio::error::would_block) return sent::some;
        if (failed) {
            driver_.sent(driver_.output().size(), host_->now);  // nobody will ever read it
            obey(driver_.mta_ended());
            return sent::failed;
        }
        driver_.sent(count, host_->now);
    }
    return sent::all;
}

void session_loop::await_room() {
    waits_for_ = waits_for::room;
    peer_.await_writable(shared_from_this());
}

void session_loop::on_writable(error_code failed) {
    if (waits_for_ != waits_for::room) return;
    waits_for_ = waits_for::nothing;
    if (failed) driver_.mta_ended();
    go_on();
}

void session_loop::finish() {
    flush();         // what ended the connection may have come right after commands that were answered
    place_.leave();  // first: an MTA that sees the end may come back at once, to another thread
    peer_.close();
    auto const& machine = driver_.machine();
    bool const was_understood = machine.frames() != 0;
    auto const first = machine.unread().substr(0, opening);
    auto const said = was_understood ? std::string() : printable(first, first.size());
    host_->watcher.on_closed(who_.told(), {driver_.cause(), said, machine.macros().dropped()});
    give_buffer();
    host_->on_ended(who_.number());
}

// ---- the time ----

void session_loop::look_at_time() {
    if (!std::exchange(looked_again_, true)) look_again();
    bool const may_listen = driver_.is_watching() && !driver_.machine().input_ahead().empty();
    if (may_listen) peer_.await_readable(shared_from_this());
    obey(driver_.at(host_->now, host_->limits));
}

/// Looks for what the wait may have missed, some time after it began.
void session_loop::look_again() {
    if (peer_.missed_something()) {
        // Not in here, where the host goes through all its sessions.
        asio::post(host_->executor, [self = shared_from_this()] { self->on_readable(error_code()); });
    }
    if (waits_for_ == waits_for::input) give_memory_back();
}

/// Leaves a slow peer no more memory than for what it sent.
void session_loop::give_memory_back() {
    auto& machine = driver_.machine();
    machine.shrink();
    if (machine.buffer_size() >= buffer_pool::small_size) host_->buffers.give(machine.release());
}

/// Gives the large buffer back between two reads. The beginning of a frame is kept in a small one; but if the
/// copy would cost more than the last read has brought, it stays in the large one until the next beat.
void session_loop::give_buffer() {
    auto& machine = driver_.machine();
    auto& pool = host_->buffers;
    auto const kept = machine.waiting();
    if (machine.buffer_size() < buffer_pool::large_size) return;
    if (kept == 0) {
        pool.give(machine.release());
    } else if (kept <= std::min(last_read_ / 2, buffer_pool::small_size)) {
        pool.give(machine.adopt(pool.take_small()));
    }
}

// ---- what the observer is told ----

void session_loop::on_exception(core::filter_event const& at, std::string_view what) {
    host_->watcher.on_exception(who_.told(), callback_name(at), what);
}

void session_loop::on_misplaced_verdict(core::filter_event const& at) {
    host_->watcher.on_misplaced_verdict(who_.told(), callback_name(at));
}

void session_loop::on_reply_in_ascii(core::filter_event const& at, std::string_view text) {
    host_->watcher.on_reply_in_ascii(who_.told(), callback_name(at), text);
}

void session_loop::on_missing_macros(std::vector<core::missing_macro> const& missing) {
    host_->macros.tell(who_.told(), missing);
}

}  // namespace milterproto::detail
