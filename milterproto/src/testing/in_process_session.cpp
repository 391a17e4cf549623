#include "in_process_session.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <stdexcept>
#include <utility>

#include "driver/await_callback.hpp"
#include "milterproto/core/wire/codec.hpp"

namespace milterproto::detail {

namespace asio = boost::asio;

/// A callback that waits.
struct in_process_session::awaited {
    bool is_over = false;
    asio::cancellation_signal cancel;
};

namespace {

/// The bytes of what the MTA may still say while a callback waits: one command without a payload.
constexpr std::size_t room_for_the_end = 5;

std::optional<virtual_time> time_of(asio::io_context* own, asio::io_context& loop) {
    return own != nullptr ? virtual_time(*own) : virtual_time::of(loop);
}

}  // namespace

in_process_session::in_process_session(std::unique_ptr<filter> author, rehearsal_options const& options)
    : grace_(options.answer_timeout),
      own_loop_(options.loop == nullptr ? std::make_unique<asio::io_context>(1) : nullptr),
      loop_(own_loop_ ? *own_loop_ : *options.loop),
      time_(time_of(own_loop_.get(), loop_)),
      begun_(time_on(loop_.get_executor())),
      driver_(std::move(author), options.missing, limits::payload, *this, begun_) {}

in_process_session::~in_process_session() = default;

happening in_process_session::take(std::string_view bytes, answer_limit const& mta) {
    happening_ = {};
    auto const questions = driver_.questions();
    feed(bytes);
    advance(mta);
    happening_.was_shown = driver_.questions() != questions;
    return std::move(happening_);
}

void in_process_session::lose_peer(answer_limit const& mta) {
    happening_ = {};
    driver_.mta_ended();
    advance(mta);
}

std::string in_process_session::take_output() {
    std::string bytes(driver_.output());
    driver_.sent(bytes.size(), time_on(loop_.get_executor()));
    return bytes;
}

void in_process_session::let_go() {
    auto const ending = std::move(own_loop_);
}

void in_process_session::feed(std::string_view bytes) {
    auto const room = driver_.machine().input(bytes.size() + room_for_the_end);
    std::copy_n(bytes.begin(), bytes.size(), room.begin());
    driver_.received(bytes.size());
}

void in_process_session::advance(answer_limit const& mta) {
    using halt = filter_driver::halt;
    auto const go_on = [this] { return driver_.advance(time_on(loop_.get_executor())); };
    auto why = go_on();
    for (; why == halt::callback || why == halt::turn; why = go_on()) {
        if (why == halt::callback) await(mta);
    }
    has_ended_ = why == halt::end;
}

// ---- callbacks that wait ----

task<> in_process_session::keep(std::shared_ptr<in_process_session> self) {
    co_await await_callback(self->driver_);
}

void in_process_session::await(answer_limit const& mta) {
    auto const callback = std::make_shared<awaited>();
    asio::co_spawn(
        loop_, keep(shared_from_this()),
        asio::bind_cancellation_slot(callback->cancel.slot(),
                                     [callback](std::exception_ptr const&) { callback->is_over = true; }));
    if (wait_for(*callback, mta.time)) return;
    break_off(mta.breaks_off_by);
    driver_.cancel_callback();
    callback->cancel.emit(asio::cancellation_type::terminal);
    if (wait_for(*callback, grace_)) return;
    has_ended_ = true;
    throw std::logic_error("rehearsal: a callback was cancelled and does not end");
}

bool in_process_session::wait_for(awaited const& callback, std::chrono::milliseconds time) {
    auto const guard = asio::make_work_guard(loop_);
    auto const until = time_on(loop_.get_executor()) + time;
    auto const until_in_truth = std::chrono::steady_clock::now() + time;
    loop_.restart();
    while (!callback.is_over) {
        if (loop_.poll_one() != 0) continue;
        if (time_ && time_->is_awaited()) {
            if (!pass_time(until)) break;
        } else if (loop_.run_one_until(until_in_truth) == 0) {
            break;  // something else is awaited, such as a socket
        }
    }
    return callback.is_over;
}

/// Moves the time on, where nothing else can go on. Returns whether that was possible before `until`.
bool in_process_session::pass_time(steady_time until) {
    if (time_->advance_to_next(until)) return true;
    time_->advance(until - time_->now());
    return false;
}

void in_process_session::advance(std::chrono::milliseconds span) {
    if (!time_) throw std::logic_error("rehearsal: a borrowed loop needs a virtual_time to advance");
    time_->advance(span);
}

std::chrono::nanoseconds in_process_session::elapsed() const {
    return time_on(loop_.get_executor()) - begun_;
}

/// Lets the MTA abort or vanish, because it does not wait for the callback any more.
void in_process_session::break_off(core::command by) {
    happening_.broken_off_by = by;
    if (by != core::command::abort) {
        driver_.mta_ended();
        return;
    }
    std::string packet;
    core::append_frame(packet, static_cast<char>(core::command::abort));
    auto const room = driver_.machine().input_ahead();  // its views stay where they are
    std::copy_n(packet.begin(), packet.size(), room.begin());
    driver_.received(packet.size());
}

void in_process_session::on_exception(core::filter_event const&, std::string_view what) {
    happening_.thrown = what;
    thrown_.push_back(happening_.thrown);
}

}  // namespace milterproto::detail
