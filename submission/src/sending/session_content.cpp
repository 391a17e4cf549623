#include <algorithm>
#include <utility>

#include "sending/command.hpp"
#include "sending/session.hpp"

namespace submission::sending {

void session::begin_content() {
    auto& t = *transaction_;
    current().content_was_read = true;
    t.made_of.emplace(current());
    t.dots = dot_stuffing();
    t.chunk.clear();
    state_ = state::filling;
    ++number_;
}

void session::filled(std::string_view piece) {
    prepared_.clear();
    transaction_->made_of->feed(piece, prepared_);
    take_prepared(false);
}

void session::content_ended() {
    prepared_.clear();
    transaction_->made_of->finish(prepared_);
    take_prepared(true);
}

void session::take_prepared(bool is_last) {
    auto& t = *transaction_;
    ++number_;
    if (!prepared_.empty()) {
        t.octets += prepared_.size();
        tell_.tell(event::message_progress{t.message, prepared_.size(), t.octets, t.size});
    }
    if (transfer() == event::transfer::bdat) {
        t.chunk += prepared_;
        if (is_last || t.chunk.size() >= how_.chunk) send_chunk(is_last);
        return;
    }
    t.dots.feed(prepared_, output_);
    if (!is_last) return;
    t.was_end_sent = true;
    state_ = state::waiting;
    say(phase::end_of_data, ".");
}

void session::send_chunk(bool is_last) {
    auto& t = *transaction_;
    say(phase::content, bdat_line(t.chunk.size(), is_last));
    output_ += t.chunk;
    t.chunk.clear();
    t.was_end_sent = is_last;
    if (is_last) state_ = state::waiting;
}

/// The first refusal of a chunk decides, whatever is said of those after it (RFC 3030 2).
void session::on_bdat(reply const& r) {
    auto& t = *transaction_;
    if (!t.chunk_failure && !r.positive()) {
        t.chunk_failure = r;
        state_ = state::waiting;
    }
    if (!outstanding_.empty()) return;
    if (t.is_abandoned) return after_abandoned();
    if (t.chunk_failure) {
        auto const failure = *t.chunk_failure;
        return decide(message_stage::bdat, failure);
    }
    if (t.was_end_sent) decide(message_stage::bdat, r);
}

void session::on_end_of_data(reply const& r) {
    auto& t = *transaction_;
    if (!t.is_abandoned) return decide(message_stage::end_of_data, r);
    auto const why = *t.given_up;
    needs_reset_ = !r.positive();
    conclude(why.stage, why.error, why.reply ? &*why.reply : nullptr);
}

/// The server has decided on the message.
void session::decide(message_stage stage, reply const& r) {
    auto const& t = *transaction_;
    for (auto const index : t.taken) {
        auto& one = current().recipients[index];
        if (r.positive()) one.fate = fate::delivered;
        if (r.permanent()) one.fate = fate::failed;
    }
    needs_reset_ = !r.positive();
    bool const is_odd = !r.positive() && !r.transient() && !r.permanent();
    auto const why = is_odd         ? make_error_code(errc::unexpected_reply)
                     : r.positive() ? boost::system::error_code()
                                    : make_error_code(errc::refused);
    conclude(stage, why, &r);
}

/// Ends a transaction; another one follows for recipients that are left, if this one was of use.
void session::conclude(message_stage stage, boost::system::error_code why, reply const* r) {
    auto& t = *transaction_;
    bool const goes_on = !why && t.next < t.targets.size() && current().content->is_repeatable() && !quits_;
    if (!goes_on) {
        finish_message(stage, why, r);
        return advance();
    }
    state_ = state::waiting;
    begin_transaction();
}

void session::finish_message(message_stage stage, boost::system::error_code why, reply const* r) {
    auto& one = current();
    one.stage = stage;
    one.error = why;
    if (r) one.transfer_status = *r;
    auto const which = transaction_->message;
    transaction_.reset();
    ++next_message_;
    tell_.tell(event::message_result{which, stage, r ? &*one.transfer_status : nullptr, why});
}

/// A message that cannot be sent to this server: nothing was said.
void session::conclude_unsent(errc why) {
    finish_message(why == errc::skipped ? message_stage::aborted : message_stage::mail, why, nullptr);
    advance();
}

/// Content that breaks off in DATA leaves no way to take the message back but to hang up without the dot.
void session::content_failed() {
    if (state_ == state::measuring) return conclude_unsent(errc::content_failed);
    bool const in_chunks = transfer() == event::transfer::bdat;
    if (in_chunks) {
        state_ = state::waiting;
        return abandon(message_stage::aborted, errc::content_failed, nullptr);
    }
    finish_message(message_stage::aborted, errc::content_failed, nullptr);
    drop(errc::content_failed, event::disconnected::cause::decision);
}

/// Returns whether a server has refused a message before it was sent to its end, as some do before they hang
/// up.
bool session::is_early_verdict(reply const& r) const {
    return transaction_ && transaction_->made_of && (r.transient() || r.permanent()) && r.code != 421;
}

void session::take_early_verdict(reply const& r) {
    for (auto const index : transaction_->taken)
        if (r.permanent()) current().recipients[index].fate = fate::failed;
    tell_.tell(event::received{r});
    finish_message(stage_now(), errc::refused, &r);
    drop(errc::refused, event::disconnected::cause::decision);
}

/// Returns how far the message has come.
message_stage session::stage_now() const {
    auto const& t = *transaction_;
    if (t.given_up) return t.given_up->stage;
    if (t.made_of && transfer() == event::transfer::bdat) return message_stage::bdat;
    if (t.was_end_sent) return message_stage::end_of_data;
    if (t.was_data_said && t.accepted > 0) return message_stage::data;
    return t.is_mail_accepted ? message_stage::rcpt : message_stage::mail;
}

/// The connection is lost. If the end of a message was sent, the server may have taken it (RFC 5321 4.2.5).
void session::settle_unknown() {
    if (!transaction_ || !transaction_->was_end_sent || transaction_->is_abandoned) return;
    auto const& t = *transaction_;
    if (t.chunk_failure) {
        auto const failure = *t.chunk_failure;
        for (auto const index : t.taken)
            if (failure.permanent()) current().recipients[index].fate = fate::failed;
        return finish_message(message_stage::bdat, errc::refused, &failure);
    }
    for (auto const index : t.taken) current().recipients[index].fate = fate::unknown;
    finish_message(message_stage::unknown, errc::outcome_unknown, nullptr);
}

}  // namespace submission::sending
