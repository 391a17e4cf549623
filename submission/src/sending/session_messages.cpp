#include <algorithm>
#include <utility>

#include "sending/command.hpp"
#include "sending/session.hpp"

namespace submission::sending {
namespace {

/// Commands whose replies are to come, at most. A server that does not read until its replies are read must
/// have room for all of them in the buffers on the way (RFC 2920 3.1).
constexpr std::size_t most_commands = 100, most_bytes = 8192;

/// Returns whether a refusal is about the number of recipients (RFC 5321 4.5.3.1.10).
bool is_too_many(callout::core::reply const& r) {
    if (r.code != 452 && r.code != 552) return false;
    return !r.enhanced || (r.enhanced->subject == 5 && r.enhanced->detail == 3);
}

}  // namespace

/// Says what comes next, when nothing is outstanding.
void session::advance() {
    state_ = state::waiting;
    if (quits_) return leave(callout::errc::decided);
    while (next_etrn_ < what_.etrns.size()) {
        auto const node = next_etrn_++;
        if (what_.etrns[node].complete()) continue;
        began_ = true;
        return say(phase::etrn, etrn_line(what_.etrns[node]), node);
    }
    auto const& all = what_.messages;
    while (next_message_ < all.size() && !all[next_message_].is_open()) ++next_message_;
    if (next_message_ == all.size()) return leave({});
    if (needs_reset_) return say(phase::rset, "RSET");
    begin_message();
}

void session::begin_message() {
    auto& one = what_.messages[next_message_];
    one.sender_status.reset();
    one.transfer_status.reset();
    std::vector<std::size_t> targets;
    targets.reserve(one.recipients.size());
    for (std::size_t i = 0; i < one.recipients.size(); ++i) {
        if (one.recipients[i].fate != fate::open) continue;
        one.recipients[i].status.reset();
        targets.push_back(i);
    }
    transaction_.emplace(next_message_, std::move(targets));
    auto const missing = missing_for(one, server_);
    if (!missing.empty())
        return conclude_unsent(missing == "SMTPUTF8" ? errc::smtputf8_missing : errc::extension_missing);
    if (!one.content) return conclude_unsent(errc::content_failed);
    if (one.content_was_read && !one.content->is_repeatable())
        return conclude_unsent(errc::content_not_repeatable);
    transaction_->by = one.by;
    state_ = state::measuring;
    ++number_;
}

void session::measured(std::optional<std::uint64_t> size) {
    state_ = state::waiting;
    transaction_->size = size;
    auto const limit = server_.size_limit();
    if (size && limit && *size > *limit) return conclude_unsent(errc::message_too_big);
    if (transaction_->by && server_.has("DELIVERBY")) {
        auto const seconds = adjusted_time();
        if (!seconds) return conclude_unsent(errc::skipped);
        transaction_->by = transaction_->by->in(*seconds);
    }
    began_ = true;
    begin_transaction();
}

/// Returns the time that is asked for; nothing if the message is left out.
std::optional<std::int64_t> session::adjusted_time() {
    auto const& by = *transaction_->by;
    auto const least = server_.least_delivery_time();
    if (by.seconds() >= least) return by.seconds();
    auto const decided =
        tell_.ask(event::deliver_by_too_early{transaction_->message, by.seconds(), least, by.then()});
    if (decided.skips()) return std::nullopt;
    return decided.seconds() > 0 ? least + decided.seconds() : by.seconds();
}

void session::begin_transaction() {
    transaction_->begin(recipient_limit());
    pump();
}

std::size_t session::recipient_limit() const {
    auto const theirs = server_.recipient_limit();
    return std::max<std::size_t>(
        1, std::min(how_.recipients_of_transaction, theirs.value_or(how_.recipients_of_transaction)));
}

bool session::is_pipelining() const {
    return how_.pipelining != pipelining::never && server_.has("PIPELINING");
}

bool session::has_room() const {
    return outstanding_.size() < most_commands && under_way_ < most_bytes;
}

bool session::may_add_data() const {
    return is_pipelining() && how_.pipelining == pipelining::recipients_and_data &&
           transfer() == event::transfer::data &&
           what_.messages[transaction_->message].required == required_recipients::one;
}

event::transfer session::transfer() const {
    auto const& one = what_.messages[transaction_->message];
    bool const in_chunks = one.body == body_type::binary || how_.chunking == chunking::where_offered;
    return in_chunks && server_.has("CHUNKING") ? event::transfer::bdat : event::transfer::data;
}

/// Says what may be said of the envelope: all at once, or one by one.
void session::pump() {
    auto& t = *transaction_;
    if (!t.was_mail_said) say_mail();
    if (!is_pipelining()) {
        if (outstanding_.empty() && !t.has_asked_all()) say_rcpt();
        return;
    }
    // Some at a time, because each reply would make a packet of its own otherwise.
    bool const is_low = outstanding_.size() <= most_commands / 2 && under_way_ <= most_bytes / 2;
    if (!is_low) return;
    while (has_room() && !t.has_asked_all()) say_rcpt();
    if (t.has_asked_all() && !t.was_data_said && !t.is_full && may_add_data()) say_data();
}

void session::say_mail() {
    auto& t = *transaction_;
    t.was_mail_said = true;
    say(phase::mail, mail_line(current(), server_, t.size, t.by));
}

void session::say_rcpt() {
    auto& t = *transaction_;
    auto const index = t.targets[t.next++];
    say(phase::rcpt, rcpt_line(current().recipients[index], server_), index);
}

void session::say_data() {
    transaction_->was_data_said = true;
    say(phase::data, "DATA");
}

void session::on_mail(reply const& r) {
    auto& t = *transaction_;
    t.is_mail_accepted = r.positive();
    if (r.positive()) return pump();
    bool const is_odd = !r.transient() && !r.permanent();
    abandon(message_stage::mail, is_odd ? errc::unexpected_reply : errc::refused, &r);
}

void session::note_recipient(std::size_t index, reply const& r) {
    auto& t = *transaction_;
    auto& one = current().recipients[index];
    ++t.answered;
    if (r.positive()) {
        ++t.accepted;
        t.taken.push_back(index);
    } else {
        ++t.refused;
    }
    one.status = r;
    bool const is_full = t.accepted > 0 && is_too_many(r);
    if (is_full) {
        // It is no refusal of this recipient: the next transaction asks again.
        t.is_full = true;
        t.targets.push_back(index);
    } else if (r.permanent()) {
        one.fate = fate::failed;
    }
    tell_.tell(
        event::rcpt_status{t.message, index, one.address.address(), r, one.complete(), outstanding_.size()});
}

void session::on_rcpt(expectation const&, reply const&) {
    auto& t = *transaction_;
    if (t.is_abandoned) return after_abandoned();
    bool const is_last = t.has_asked_all() && t.answered == t.asked();
    if (is_last) return recipients_answered();
    pump();
}

void session::recipients_answered() {
    auto& t = *transaction_;
    using decision = event::data_ready::decision;
    bool const lacks_one = current().required == required_recipients::all && t.accepted < t.asked();
    bool const is_hopeless = t.accepted == 0 || lacks_one;
    auto const proposed = is_hopeless ? decision::abort : decision::go_on;
    auto const decided = tell_.ask(event::data_ready{t.message, t.accepted, t.refused, transfer(), proposed});
    if (t.accepted == 0) return abandon(message_stage::rcpt, errc::all_recipients_refused, nullptr);
    if (decided == decision::abort)
        return abandon(message_stage::aborted, lacks_one ? errc::recipient_refused : errc::skipped, nullptr);
    if (transfer() == event::transfer::bdat) return begin_content();
    if (!t.was_data_said) say_data();
}

/// Gives the transaction up; what is outstanding is read first.
void session::abandon(message_stage stage, boost::system::error_code why, reply const* r) {
    transaction_->is_abandoned = true;
    transaction_->given_up.emplace(stage, why, r);
    after_abandoned();
}

void session::after_abandoned() {
    if (!outstanding_.empty()) return;
    auto const why = *transaction_->given_up;
    needs_reset_ = needs_reset_ || transaction_->is_mail_accepted;
    conclude(why.stage, why.error, why.reply ? &*why.reply : nullptr);
}

/// The server may say 354 although no recipient is left; then a lone dot ends a message that nobody gets (RFC
/// 2920 3.1). If somebody would get it, only hanging up keeps the server from delivering an empty message.
void session::on_data(reply const& r) {
    auto& t = *transaction_;
    if (t.is_abandoned) {
        if (r.code != 354) return after_abandoned();
        if (t.accepted == 0) return say(phase::end_of_data, ".");
        auto const why = *t.given_up;
        finish_message(why.stage, why.error, nullptr);
        return drop(why.error, event::disconnected::cause::decision);
    }
    if (r.code == 354) return begin_content();
    if (r.transient() || r.permanent()) return decide(message_stage::data, r);
    tell_.tell(event::protocol_error{errc::unexpected_reply, "DATA", r.first_line()});
    finish_message(message_stage::data, errc::unexpected_reply, &r);
    drop(errc::unexpected_reply, event::disconnected::cause::protocol);
}

}  // namespace submission::sending
