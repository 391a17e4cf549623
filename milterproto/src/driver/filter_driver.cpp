#include "filter_driver.hpp"

#include <exception>
#include <utility>

namespace milterproto::detail {

filter_driver::filter_driver(std::unique_ptr<filter> author, missing_edits missing, std::size_t max_payload,
                             driver_shell& shell, steady_time now)
    : shell_(shell),
      filter_(std::move(author)),
      machine_(filter_->wishes(missing), max_payload, filter_->negotiation()),
      answering_(machine_),
      context_(machine_),
      event_(core::need_input()),
      begun_(now),
      since_(now),
      rests_since_(now) {}

filter_driver::halt filter_driver::advance(steady_time now) {
    while (!callback_waits()) {
        if (ended_by_) machine_.fail(*ended_by_);
        event_ = machine_.next();
        bool const is_dry = std::holds_alternative<core::need_input>(event_);
        if (is_dry && ended_by_) continue;  // the client was over, and now the connection is
        if (is_dry) break;
        if (std::holds_alternative<core::turn_over>(event_)) {
            begin_wait(now);
            return halt::turn;
        }
        if (std::holds_alternative<core::finished>(event_)) return halt::end;
        note_event();
        show();
    }
    begin_wait(now);
    return callback_waits() ? halt::callback : halt::input;
}

void filter_driver::note_event() {
    if (auto const* peer = std::get_if<connect_event>(&event_)) context_.note(*peer);
    if (auto const* greeting = std::get_if<helo_event>(&event_)) context_.note(*greeting);
    if (auto const* closed = std::get_if<core::close_event>(&event_)) cause_ = closed->cause;
    if (answering::is_answered(event_)) ++questions_;
    has_seen_message_ = has_seen_message_ || machine_.in_message();
    auto const missing = macros_asked_.look(event_, machine_);
    if (!missing.empty()) shell_.on_missing_macros(missing);
}

void filter_driver::show() {
    std::optional<response> given;
    try {
        given.emplace(filter_->show(context_, event_, *this));
    } catch (std::exception const& e) {
        return conclude_exception(e.what());
    } catch (...) {
        return conclude_exception("not a std::exception");
    }
    if (auto* const verdict = given->now()) return conclude(std::move(*verdict));
    waiting_ = std::move(given);
}

// ---- what a callback comes to ----

void filter_driver::finished(any_verdict verdict) {
    waiting_.reset();
    conclude(std::move(verdict));
    is_cancelled_ = false;
}

void filter_driver::failed(std::string_view what) {
    waiting_.reset();
    if (is_cancelled_) {
        conclude(answering::of_cancelled(event_));
    } else {
        conclude_exception(what);
    }
    is_cancelled_ = false;
}

void filter_driver::conclude(any_verdict verdict) {
    auto const became = answering_.answer(event_, verdict);
    if (became == answering::outcome::misplaced) shell_.on_misplaced_verdict(event_);
    if (became == answering::outcome::in_ascii) shell_.on_reply_in_ascii(event_, verdict.reply()->text());
    settle(verdict);
}

void filter_driver::conclude_exception(std::string_view what) {
    shell_.on_exception(event_, what);
    settle(answering_.answer_exception(event_));
}

void filter_driver::settle(any_verdict const& verdict) {
    filter_->settled(event_, verdict, machine_.in_message() ? message_is::open : message_is::over);
    answering_.settled();
    if (!std::holds_alternative<core::close_event>(event_)) return;
    context_.forget();
    answering_.forget();
}

// ---- the MTA ----

bool filter_driver::is_watching() const noexcept {
    return callback_waits() && answering::is_answered(event_) && !is_cancelled_ && !ended_by_;
}

filter_driver::demand filter_driver::received(std::size_t count) noexcept {
    machine_.received(count);
    return demand_if_unwanted();
}

/// Cancels the callback if what ends the message, or the connection, has come after the command that the
/// callback is asked about.
filter_driver::demand filter_driver::demand_if_unwanted() noexcept {
    if (!is_watching() || !machine_.sees_end()) return demand::nothing;
    is_cancelled_ = true;
    return demand::cancel_callback;
}

/// Ends the connection. The machine hears of it when it has the answer of the callback that waits.
filter_driver::demand filter_driver::end(errc cause, bool cancels) noexcept {
    if (!ended_by_) ended_by_ = cause;
    is_cancelled_ = is_cancelled_ || cancels;
    return cancels ? demand::cancel_callback : demand::nothing;
}

void filter_driver::sent(std::size_t count, steady_time now) noexcept {
    machine_.sent(count);
    is_blocked_ = !output().empty();
    begin_wait(now);
}

// ---- time ----

/// Begins a wait for the MTA. The time limit of a frame that has begun goes on, however slowly its bytes
/// drip, except while nobody reads them.
void filter_driver::begin_wait(steady_time now) noexcept {
    since_ = now;
    if (std::exchange(has_seen_message_, machine_.in_message())) {
        rests_since_ = now;
        had_message_ = true;
    }
    if (callback_waits() || !output().empty()) return;
    bool const is_same = frame_begun_ && machine_.frames() == frames_seen_;
    frames_seen_ = machine_.frames();
    if (!machine_.mid_frame()) {
        frame_begun_.reset();
    } else if (!is_same) {
        frame_begun_ = now;
    }
}

void filter_driver::break_off(callback_is under_way) noexcept {
    if (under_way == callback_is::not_awaited) waiting_.reset();
    end(errc::broken_off, callback_waits());
}

candidate filter_driver::standing() const noexcept {
    candidate found;
    if (callback_waits() || ended_by_) return found;
    bool const is_interrupted = machine_.in_message() || !output().empty();
    found.how = is_interrupted ? spare::interrupted : had_message_ ? spare::idle : spare::unused;
    found.since = is_interrupted ? since_ : rests_since_;
    return found;
}

filter_driver::demand filter_driver::at(steady_time now, filter_limits const& limits) {
    if (callback_waits()) return look_after_callback(now, limits);
    auto const first = first_due(limits);
    if (now < first.when) return demand::nothing;
    end(first.cause, false);
    return demand::close;
}

filter_driver::due filter_driver::first_due(filter_limits const& limits) const noexcept {
    if (!output().empty()) return {since_ + limits.write, errc::write_timeout};
    due first{since_ + limits.idle, errc::idle_timeout};
    auto const consider = [&](due other) {
        if (other.when < first.when) first = other;
    };
    if (frame_begun_) consider({*frame_begun_ + limits.packet, errc::packet_timeout});
    if (!machine_.negotiated()) consider({begun_ + limits.negotiation, errc::negotiate_timeout});
    return first;
}

/// Cancels a callback that waits in vain, or sends a sign of progress for it. No time limit is set to it
/// here.
filter_driver::demand filter_driver::look_after_callback(steady_time now, filter_limits const& limits) {
    if (!is_watching()) return demand::nothing;
    if (auto const unwanted = demand_if_unwanted(); unwanted != demand::nothing) return unwanted;
    // Edits go out together, with the verdict or with a sign of progress.
    if (!machine_.changes().is_open()) return output().empty() ? demand::nothing : demand::write;
    if (now - since_ < limits.progress) return demand::nothing;
    since_ = now;
    // An MTA that does not read what is there needs no sign of more.
    if (!is_blocked_ && !machine_.changes().progress()) return demand::nothing;
    is_blocked_ = true;  // until it takes all of it
    return demand::write;
}

}  // namespace milterproto::detail
