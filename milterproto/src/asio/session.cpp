#include "session.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <stdexcept>
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

/// The packet, which needs no memory.
constexpr std::string_view temporary_failure("\0\0\0\1t", 5);

/// Tells the observer. If that throws, nobody is left to be told of it.
template <class Told>
void tell(Told told) noexcept {
    try {
        told();
    } catch (...) {
        return;
    }
}

}  // namespace

session_loop::session_loop(stream peer, connection_place place, milter_peer who, std::string const& client,
                           std::unique_ptr<filter> author, std::shared_ptr<session_host> host)
    : peer_(std::move(peer)),
      place_(std::move(place)),
      who_(std::move(who)),
      host_(std::move(host)),
      client_(host_->clients, client),
      driver_(std::move(author), host_->options.missing, host_->options.max_payload, *this, host_->now) {}

void session_loop::start() {
    guarded([this] {
        host_->watcher.on_accepted(who_.told());
        await_input();
    });
}

void session_loop::stop() {
    guarded([this] {
        auto const wanted = driver_.stop();
        peer_.close();  // what waits on it comes back
        obey(wanted);
    });
}

void session_loop::displace() {
    waits_for_ = waits_for::nothing;  // what waits on the socket comes back, and means nothing any more
    peer_.close();
    driver_.displace();
    guarded([this] { go_on(); });
}

// ---- exceptions ----

/// Does what the loop calls the session for. No exception leaves it: whoever throws, the observer, the
/// library's own code without memory, ends this session and no other.
template <class Work>
void session_loop::guarded(Work work) noexcept {
    if (is_over_) return;
    try {
        work();
    } catch (std::exception const& e) {
        break_off(e.what());
    } catch (...) {
        break_off("not a std::exception");
    }
}

/// The MTA gets a temporary failure if it waits for a verdict. The filter is still told that the message, and
/// the connection, are over.
void session_loop::break_off(std::string_view what) noexcept {
    if (is_over_) return;
    if (std::exchange(is_broken_, true)) return give_up();  // once more, on the way to the end
    tell([&] { host_->watcher.on_exception(who_.told(), "session", what); });
    waits_for_ = waits_for::nothing;
    bool const owes = driver_.machine().owes_verdict();
    guarded([&] {
        if (flush() == sent::all && owes) {
            error_code ignored;
            peer_.write_some(temporary_failure, ignored);
        }
        peer_.close();
        using callback_is = filter_driver::callback_is;
        driver_.break_off(is_awaiting_ ? callback_is::awaited : callback_is::not_awaited);
        is_awaiting_ ? cancel_callback() : go_on();
    });
}

/// Ends without a word to the filter.
void session_loop::give_up() noexcept {
    is_over_ = true;
    place_.leave();
    peer_.close();
    report_end({});
}

void session_loop::report_end(std::string_view said) noexcept {
    auto const& machine = driver_.machine();
    auto const cause = is_broken_ ? make_error_code(errc::broken_off) : driver_.cause();
    tell([&] { host_->watcher.on_closed(who_.told(), {cause, said, machine.macros().dropped()}); });
    host_->on_ended(who_.number());
}

candidate session_loop::standing() const noexcept {
    if (waits_for_ == waits_for::turn) return {};
    auto found = driver_.standing();
    found.of_client = client_.of_client();
    return found;
}

/// Works from one wait to the next.
void session_loop::go_on() {
    if (come_to_rest()) return;
    auto const cancel = std::make_shared<asio::cancellation_signal>();
    cancel_ = cancel;
    auto const ended = [self = shared_from_this(), cancel](std::exception_ptr const& thrown) {
        self->guarded([&] { self->on_callbacks_ended(thrown); });
    };
    asio::co_spawn(host_->executor, await_callbacks(), asio::bind_cancellation_slot(cancel->slot(), ended));
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
        if (self->waits_for_ != waits_for::turn) return;
        self->waits_for_ = waits_for::nothing;
        self->guarded([&] { self->go_on(); });
    });
}

/// Lives in that coroutine. Asio destroys a coroutine whose wait has no memory, and tells nobody.
class session_loop::end_of_callbacks {
public:
    explicit end_of_callbacks(std::shared_ptr<session_loop> const& of) : session_(of) {}
    ~end_of_callbacks() {
        auto const self = session_.lock();
        if (self == nullptr || !self->is_awaiting_) return;
        try {
            asio::post(self->host_->executor, [self] { self->on_callbacks_lost(); });
        } catch (...) {
            return;  // twice without memory: its MTA will leave it
        }
    }
    end_of_callbacks(end_of_callbacks const&) = delete;

private:
    std::weak_ptr<session_loop> session_;
};

void session_loop::on_callbacks_lost() {
    if (!std::exchange(is_awaiting_, false)) return;
    guarded([] { throw std::runtime_error("a callback could not wait"); });
}

/// Awaits the callbacks' tasks, one after another, until all that has come is dealt with.
task<> session_loop::await_callbacks() {
    auto const self = shared_from_this();
    is_awaiting_ = true;
    end_of_callbacks const told(self);
    do {
        looked_again_ = false;
        host_->beat_soon();
        co_await await_callback(driver_);
    } while (!come_to_rest());
    is_awaiting_ = false;
    cancel_.reset();
}

/// What was thrown is not a callback's: those exceptions end before.
void session_loop::on_callbacks_ended(std::exception_ptr const& thrown) {
    if (!thrown) return;
    is_awaiting_ = false;
    std::rethrow_exception(thrown);
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
    // By then it may have ended by itself, and what is awaited next is not to be cancelled.
    asio::post(host_->executor, [self = shared_from_this(), cancel = cancel_] {
        if (self->driver_.is_cancelled()) cancel->emit(asio::cancellation_type::terminal);
    });
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
    guarded([&] {
        if (driver_.callback_waits()) return on_sign(failed);
        if (waits_for_ == waits_for::input) on_input(failed);
    });
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
    guarded([&] {
        if (failed) driver_.mta_ended();
        go_on();
    });
}

void session_loop::finish() {
    if (is_over_) return;
    flush();         // what ended the connection may have come right after commands that were answered
    place_.leave();  // first: an MTA that sees the end may come back at once, to another thread
    peer_.close();
    auto const& machine = driver_.machine();
    bool const was_understood = machine.frames() != 0;
    auto const first = machine.unread().substr(0, opening);
    auto const said = was_understood ? std::string() : printable(first, first.size());
    give_buffer();
    is_over_ = true;
    report_end(said);
}

// ---- the time ----

void session_loop::look_at_time() {
    guarded([this] {
        if (!std::exchange(looked_again_, true)) look_again();
        bool const may_listen = driver_.is_watching() && !driver_.machine().input_ahead().empty();
        if (may_listen) peer_.await_readable(shared_from_this());
        obey(driver_.at(host_->now, host_->limits));
    });
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
