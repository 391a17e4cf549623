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

#include "milterproto/core/wire/codec.hpp"

namespace milterproto::detail {

namespace asio = boost::asio;

/// A callback's task, and what came of it.
struct in_process_session::awaited {
    std::optional<any_verdict> verdict;
    std::exception_ptr thrown;
    bool is_over = false;
    asio::cancellation_signal cancel;
};

namespace {

std::optional<virtual_time> time_of(asio::io_context* own, asio::io_context& loop) {
    return own != nullptr ? virtual_time(*own) : virtual_time::of(loop);
}

}  // namespace

in_process_session::in_process_session(std::unique_ptr<filter> author, rehearsal_options const& options)
    : grace_(options.patience),
      own_loop_(options.loop == nullptr ? std::make_unique<asio::io_context>(1) : nullptr),
      loop_(own_loop_ ? *own_loop_ : *options.loop),
      time_(time_of(own_loop_.get(), loop_)),
      begun_(time_on(loop_.get_executor())),
      filter_(std::move(author)),
      machine_(filter_->wishes(options.missing), limits::payload, filter_->negotiation()),
      context_(machine_),
      event_(core::need_input{}) {}

in_process_session::~in_process_session() = default;

happening in_process_session::take(std::string_view octets, patience const& mta) {
    happening_ = {};
    feed(octets);
    advance(mta);
    return std::move(happening_);
}

void in_process_session::lose_peer(patience const& mta) {
    happening_ = {};
    machine_.fail(errc::peer_gone);
    advance(mta);
}

std::string in_process_session::take_output() {
    std::string octets(machine_.output());
    machine_.sent();
    return octets;
}

void in_process_session::let_go() {
    auto const ending = std::move(own_loop_);
}

void in_process_session::feed(std::string_view octets) {
    while (!octets.empty()) {
        auto const room = machine_.input();
        auto const count = std::min(room.size(), octets.size());
        std::copy_n(octets.begin(), count, room.begin());
        machine_.received(count);
        octets.remove_prefix(count);
    }
}

void in_process_session::advance(patience const& mta) {
    for (;;) {
        event_ = machine_.next();
        if (std::holds_alternative<core::need_input>(event_)) return;
        if (std::holds_alternative<core::finished>(event_)) {
            has_ended_ = true;
            return;
        }
        if (auto const* peer = std::get_if<connect_event>(&event_)) context_.note(*peer);
        if (auto const* greeting = std::get_if<helo_event>(&event_)) context_.note(*greeting);
        show(mta);
    }
}

void in_process_session::show(patience const& mta) {
    happening_.was_shown = happening_.was_shown || answering::is_answered(event_);
    std::optional<response> given;
    try {
        given.emplace(filter_->show(context_, event_, *this));
    } catch (...) {
        return conclude_exception(std::current_exception());
    }
    if (auto* verdict = given->now()) return conclude(std::move(*verdict));
    await(*std::move(given), mta);
}

// ---- callbacks that wait ----

task<> in_process_session::keep(std::shared_ptr<in_process_session>, response given,
                                std::shared_ptr<awaited> into) {
    if (auto* of_session = given.later<session_verdict>()) {
        into->verdict = co_await std::move(*of_session);
    } else if (auto* of_message = given.later<message_verdict>()) {
        into->verdict = co_await std::move(*of_message);
    } else if (auto* of_body = given.later<body_verdict>()) {
        into->verdict = co_await std::move(*of_body);
    } else if (auto* of_negotiation = given.later<negotiate_verdict>()) {
        into->verdict = co_await std::move(*of_negotiation);
    } else if (auto* notified = given.later<void>()) {
        co_await std::move(*notified);
    }
}

void in_process_session::await(response given, patience const& mta) {
    auto const callback = std::make_shared<awaited>();
    asio::co_spawn(
        loop_, keep(shared_from_this(), std::move(given), callback),
        asio::bind_cancellation_slot(callback->cancel.slot(), [callback](std::exception_ptr thrown) {
            callback->thrown = std::move(thrown);
            callback->is_over = true;
        }));
    bool const is_late = !wait_for(*callback, mta.time);
    if (is_late) {
        callback->cancel.emit(asio::cancellation_type::terminal);
        if (!wait_for(*callback, grace_)) {
            has_ended_ = true;
            throw std::logic_error("rehearsal: a callback was cancelled and does not end");
        }
    }
    if (!callback->thrown) {
        conclude(callback->verdict.value_or(core::answer::proceed));
    } else if (is_late) {
        conclude(answering::of_cancelled(event_));
    } else {
        conclude_exception(callback->thrown);
    }
    if (is_late) break_off(mta.breaks_off_by);
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

/// Nothing but time can go on. Returns whether it did before `until`.
bool in_process_session::pass_time(steady_time until) {
    if (time_->advance_to_next(until)) return true;
    time_->advance(until - time_->now());
    return false;
}

void in_process_session::advance(std::chrono::milliseconds span) {
    if (!time_) throw std::logic_error("rehearsal: the loop that was lent needs a virtual_time to advance");
    time_->advance(span);
}

std::chrono::nanoseconds in_process_session::elapsed() const {
    return time_on(loop_.get_executor()) - begun_;
}

/// The MTA did not wait for the callback that has ended now: it has aborted, or is gone.
void in_process_session::break_off(core::command by) {
    happening_.broken_off_by = by;
    if (by != core::command::abort) return machine_.fail(errc::peer_gone);
    std::string packet;
    core::append_frame(packet, static_cast<char>(core::command::abort));
    feed(packet);
}

// ---- what a callback comes to ----

void in_process_session::conclude(any_verdict verdict) {
    if (answering_.answer(event_, verdict) == answering::told::otherwise) ++misplaced_verdicts_;
    settle(verdict);
}

void in_process_session::conclude_exception(std::exception_ptr const& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (std::exception const& e) {
        happening_.thrown = e.what();
    } catch (...) {
        happening_.thrown = "not a std::exception";
    }
    thrown_.push_back(happening_.thrown);
    settle(answering_.answer_exception(event_));
}

void in_process_session::settle(any_verdict const& verdict) {
    filter_->settled(event_, verdict, machine_.in_message() ? message_is::open : message_is::over);
    answering_.settled();
    if (!std::holds_alternative<core::close_event>(event_)) return;
    context_.forget();
    answering_.forget();
}

}  // namespace milterproto::detail
