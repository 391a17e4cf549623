#include "session.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <utility>

#include "callback_name.hpp"
#include "printable.hpp"

namespace milterproto::detail {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// A read is worth its system call only with so much room.
constexpr std::size_t least_room = 32 * 1024;

}  // namespace

session_loop::session_loop(stream peer, connection_place place, milter_peer who,
                           std::unique_ptr<filter> author, std::shared_ptr<session_host> host)
    : peer_(std::move(peer)),
      place_(std::move(place)),
      who_(std::move(who)),
      filter_(std::move(author)),
      keeps_host_(std::move(host)),
      host_(*keeps_host_),
      machine_(filter_->wishes(host_.options.missing), host_.options.max_payload, filter_->negotiation()),
      answering_(machine_),
      context_(machine_),
      event_(core::need_input{}),
      begun_(host_.now),
      since_(host_.now) {}

void session_loop::start() {
    await_input();
}

/// Commands that came already are not looked at any more.
void session_loop::stop() {
    cut(errc::stopped);
    machine_.fail(cut_);
    if (callback_waits()) cancel_callback();
}

/// Deals with all that has come. A callback that waits stops it, for commands are answered in their order.
session_loop::halt session_loop::advance() {
    for (;;) {
        event_ = machine_.next();
        if (std::holds_alternative<core::need_input>(event_)) return halt::input;
        if (std::holds_alternative<core::finished>(event_)) return halt::end;
        if (auto const* peer = std::get_if<connect_event>(&event_)) context_.note(*peer);
        if (auto const* greeting = std::get_if<helo_event>(&event_)) context_.note(*greeting);
        if (auto const* closed = std::get_if<core::close_event>(&event_)) cause_ = closed->cause;
        host_.macros.tell(who_.told(), macros_asked_.look(event_, machine_));
        std::optional<response> given;
        try {
            given.emplace(filter_->show(context_, event_, *this));
        } catch (std::exception const& e) {
            conclude_exception(e.what());
            continue;
        } catch (...) {
            conclude_exception("not a std::exception");
            continue;
        }
        auto* const verdict = given->now();
        if (verdict == nullptr) {
            waiting_ = std::move(given);
            return halt::callback;
        }
        conclude(std::move(*verdict));
    }
}

/// From one wait to the next.
void session_loop::go_on(halt why) {
    if (come_to_rest(why)) return;
    auto const cancel = std::make_shared<asio::cancellation_signal>();
    cancel_ = cancel;
    asio::co_spawn(peer_.executor(), obey_tasks(),
                   asio::bind_cancellation_slot(cancel->slot(), [cancel](std::exception_ptr const&) {}));
    if (callback_waits()) flush();  // answers to earlier commands do not wait for this one
}

/// Writes what is to be written and waits, or ends. False: a callback waits.
bool session_loop::come_to_rest(halt why) {
    for (; why != halt::callback; why = advance()) {
        if (why == halt::end) {
            finish();
            return true;
        }
        auto const written = flush();
        if (written == sent::all) await_input();
        if (written == sent::some) await_room();
        if (written != sent::failed) return true;
    }
    return false;
}

/// The callbacks return tasks: awaits one after another until all that has come is dealt with.
task<> session_loop::obey_tasks() {
    auto const self = shared_from_this();
    do {
        co_await finish_callback();
        if (std::exchange(cancelled_, false)) {
            co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
        }
        if (gone_) machine_.fail(errc::peer_gone);
    } while (!come_to_rest(advance()));
}

task<> session_loop::finish_callback() {
    since_ = host_.now;
    looked_again_ = false;
    host_.hurry();
    any_verdict verdict = core::answer::proceed;
    std::optional<std::string> thrown;
    try {
        if (auto* of_session = waiting_->later<session_verdict>()) {
            verdict = co_await std::move(*of_session);
        } else if (auto* of_message = waiting_->later<message_verdict>()) {
            verdict = co_await std::move(*of_message);
        } else if (auto* of_body = waiting_->later<body_verdict>()) {
            verdict = co_await std::move(*of_body);
        } else if (auto* of_negotiation = waiting_->later<negotiate_verdict>()) {
            verdict = co_await std::move(*of_negotiation);
        } else if (auto* notified = waiting_->later<void>()) {
            co_await std::move(*notified);
        }
    } catch (std::exception const& e) {
        thrown = e.what();
    } catch (...) {
        thrown = "not a std::exception";
    }
    waiting_.reset();
    if (!thrown) {
        conclude(std::move(verdict));
    } else if (cancelled_) {
        conclude(answering::of_cancelled(event_));
    } else {
        conclude_exception(*thrown);
    }
}

/// The event under way has its verdict.
void session_loop::conclude(any_verdict verdict) {
    auto const told = answering_.answer(event_, verdict);
    if (told == answering::told::otherwise)
        host_.watcher.on_misplaced_verdict(who_.told(), callback_name(event_));
    if (told == answering::told::in_ascii)
        host_.watcher.on_reply_in_ascii(who_.told(), callback_name(event_), verdict.reply()->text());
    settle(verdict);
}

void session_loop::conclude_exception(std::string_view what) {
    host_.watcher.on_exception(who_.told(), callback_name(event_), what);
    settle(answering_.answer_exception(event_));
}

void session_loop::settle(any_verdict const& verdict) {
    filter_->settled(event_, verdict, machine_.in_message() ? message_is::open : message_is::over);
    answering_.settled();
    if (!std::holds_alternative<core::close_event>(event_)) return;
    context_.forget();
    answering_.forget();
}

// ---- the socket ----

/// A connection that waits holds no buffer, unless a frame has begun; then until the next beat.
void session_loop::await_input() {
    if (machine_.waiting() == 0 && machine_.buffer_size() != 0) host_.buffers.give(machine_.release());
    note_frame();
    waits_for_ = waits_for::input;
    since_ = host_.now;
    await_readable();
}

void session_loop::await_readable() {
    looked_again_ = false;
    host_.hurry();
    peer_.await_readable(shared_from_this());
}

/// A wait that began on behalf of a callback may serve the next command, and the other way round.
void session_loop::on_readable(error_code failed) {
    looked_again_ = true;
    if (callback_waits()) return on_sign(failed);
    if (waits_for_ == waits_for::input) on_input(failed);
}

void session_loop::on_input(error_code failed) {
    waits_for_ = waits_for::nothing;
    if (!failed) failed = read_into(room_to_read());
    if (failed == asio::error::would_block) return await_input();
    if (failed) machine_.fail(explain());
    go_on(advance());
}

std::span<char> session_loop::room_to_read() {
    if (machine_.buffer_size() < buffer_pool::buffer_size) machine_.adopt(host_.buffers.take());
    // A long frame that has begun is read to its end and no farther: nothing is left to be moved then.
    auto const missing = machine_.missing();
    auto const room = machine_.input(std::max(missing, least_room));
    return room.first(std::min(room.size(), missing < least_room ? buffer_pool::one_read : missing));
}

error_code session_loop::read_into(std::span<char> room) {
    error_code failed;
    auto const count = peer_.read_some(room, failed);
    if (failed) return failed;
    if (machine_.frames() == 0) opening_.note(room.first(count));
    machine_.received(count);
    return failed;
}

session_loop::sent session_loop::flush() {
    while (!machine_.output().empty()) {
        auto const output = machine_.output();
        error_code failed;
        auto const count = peer_.write_some(output, failed);
        if (failed == asio::error::would_block) return sent::some;
        if (failed) {
            machine_.sent();
            machine_.fail(explain());
            return sent::failed;
        }
        if (count == output.size()) {
            machine_.sent();
        } else {
            machine_.sent(count);
            since_ = host_.now;
        }
    }
    return sent::all;
}

void session_loop::await_room() {
    waits_for_ = waits_for::room;
    since_ = host_.now;
    peer_.await_writable(shared_from_this());
}

void session_loop::on_writable(error_code failed) {
    if (waits_for_ != waits_for::room) return;
    waits_for_ = waits_for::nothing;
    if (failed) machine_.fail(explain());
    go_on(failed ? advance() : halt::input);
}

void session_loop::finish() {
    if (!cut_) flush();  // what ended the connection may have come right behind commands that were answered
    place_.leave();      // first: an MTA that sees the end may come back at once, to another thread
    peer_.close();
    bool const was_understood = machine_.frames() != 0;
    auto const said = was_understood ? std::string() : printable(opening_.text(), opening_.text().size());
    host_.watcher.on_closed(who_.told(), {cause_, said});
    host_.on_ended(who_.number());
}

void session_loop::cut(errc cause) {
    if (!cut_) cut_ = cause;
    peer_.close();  // what waits on it comes back, and is explained by the cause
}

/// An end of file and a reset mean the same: the MTA is gone.
error_code session_loop::explain() const {
    return cut_ ? cut_ : make_error_code(errc::peer_gone);
}

// ---- the time ----

/// A frame that has begun must end, however slowly its octets drip.
void session_loop::note_frame() {
    bool const same = frame_begun_ != never && machine_.frames() == frames_seen_;
    frames_seen_ = machine_.frames();
    if (!machine_.mid_frame()) {
        frame_begun_ = never;
    } else if (!same) {
        frame_begun_ = host_.now;
    }
}

/// The host's clock is a beat behind at most, so a limit is never cut short.
void session_loop::look_at_time() {
    bool const first_look = !std::exchange(looked_again_, true);
    if (first_look && peer_.missed_something()) {
        // Not in here, where the host goes through all its sessions.
        asio::post(peer_.executor(), [self = shared_from_this()] { self->on_readable(error_code()); });
    }
    if (callback_waits()) return look_after_callback();
    if (first_look && waits_for_ == waits_for::input) machine_.shrink();
    auto const is_over = [this](session_host::time_point since, std::chrono::milliseconds limit) {
        return since != never && host_.now - since >= limit + host_.beat;
    };
    auto const& limits = host_.options;
    if (waits_for_ == waits_for::room) {
        if (is_over(since_, limits.write_timeout)) cut(errc::write_timeout);
    } else if (waits_for_ == waits_for::input) {
        if (!machine_.negotiated() && is_over(begun_, limits.negotiate_timeout)) {
            cut(errc::negotiate_timeout);
        } else if (is_over(frame_begun_, limits.packet_timeout)) {
            cut(errc::packet_timeout);
        } else if (is_over(since_, limits.idle_timeout)) {
            cut(errc::idle_timeout);
        } else if (machine_.buffer_size() >= buffer_pool::buffer_size && host_.now != since_) {
            host_.buffers.give(machine_.release());  // a slow peer has what it sent, and no more
        }
    }
}

// ---- a callback that waits ----

/// Its time is not the MTA's: no limit is set to it here.
void session_loop::look_after_callback() {
    if (!answering::is_answered(event_) || cancelled_ || cut_) return;
    if (machine_.sees_end()) return cancel_callback();
    if (machine_.input_ahead().size() != 0) peer_.await_readable(shared_from_this());
    bool const edits_wait = machine_.changes().is_open();
    if (!edits_wait) flush();
    if (!edits_wait || host_.now - since_ < host_.options.progress_interval) return;
    since_ = host_.now;
    // An MTA that does not read what is there needs no sign of more.
    if (flush() == sent::all && machine_.changes().progress()) flush();
}

/// Something came, or the MTA is gone, while a callback waits.
void session_loop::on_sign(error_code failed) {
    if (!answering::is_answered(event_) || cancelled_ || failed) return;
    auto const room = machine_.input_ahead();  // its views stay where they are
    if (room.empty()) return;
    failed = read_into(room);
    if (failed == asio::error::would_block) return await_readable();
    gone_ = failed.failed();
    if (gone_ || machine_.sees_end()) return cancel_callback();
    await_readable();
}

void session_loop::cancel_callback() {
    cancelled_ = true;
    // Not in here: what an author awaits may end at once, and the host goes through all its sessions.
    asio::post(peer_.executor(), [cancel = cancel_] { cancel->emit(asio::cancellation_type::terminal); });
}

}  // namespace milterproto::detail
