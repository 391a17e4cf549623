#include "core/dialogue.hpp"

#include <algorithm>

#include "core/ascii.hpp"
#include "core/ruling.hpp"
#include "core/synthetic.hpp"

namespace callout::core {
namespace {

/// Servers count unknown recipients, and slow down or hang up at the third or so.
constexpr std::size_t refusals_of_a_session = 3;
/// The most that RFC 5321 4.5.3.1.8 lets a client count on.
constexpr std::size_t recipients_of_a_transaction = 100;
/// A server that counts them says so when it has had enough, and another connection goes on.
constexpr std::size_t transactions_of_a_session = 100;

/// MAIL and RCPT.
constexpr std::size_t usual_group = 2;

/// Returns whether the reply answers all that is outstanding (RFC 5321 3.8).
bool is_closing(reply const& r) {
    return r.code == 421;
}

/// Returns whether to say QUIT: a peer that breaks the protocol is left without it (SE-038).
bool deserves_quit(finding const& f) {
    return f.answer.reason != reason::protocol;
}

/// Returns whether MAIL may fare better with another sender. A server that greylists begins its wait anew for
/// each sender, and one that verifies ours in turn would do so again.
bool may_depend_on_sender(finding const& f, reply const& r) {
    auto const why = f.answer.reason;
    if (why == reason::null_refused || why == reason::sender_refused) return true;
    return r.transient() && !is_closing(r) && why != reason::greylisted && why != reason::mutual_callout;
}

bool is_hello(stage where) {
    return covers(stage::ehlo | stage::helo, where);
}

/// Returns what a row says of a reply, with the place where it was said.
finding finding_at(stage where, decision_row const& row, reply const& r) {
    auto f = decide(row, r);
    f.answer.said_at = where;
    return f;
}

finding finding_of(status s, reason r, scope whose, std::string_view detail, next_step then) {
    return finding(verdict_by_fact(s, r, whose, detail), then);
}

}  // namespace

std::string action::bytes() const {
    std::size_t size = 0;
    for (auto const& one : commands) size += one.line().size() + line_end.size();
    std::string all;
    all.reserve(size);
    for (auto const& one : commands) all.append(one.line()).append(line_end);
    return all;
}

dialogue::dialogue(dialogue_options const& who, opening how, session& state)
    : who_(who), state_(state), how_(how), reused_(state.greeted) {
    outstanding_.reserve(usual_group);
    bool const skip_null = state.null_refused && how_.sender == 0 && who_.senders.front().empty();
    if (skip_null && who_.senders.size() > 1) {
        how_.sender = 1;
        how_.null_refused = true;
    }
}

action dialogue::start() {
    if (state_.greeted) return begin();
    outstanding_.emplace_back(stage::greeting);
    return action(action::kind::exchange, stage::greeting);
}

expectation dialogue::take_awaited() {
    auto asked = std::move(outstanding_.front());
    outstanding_.erase(outstanding_.begin());
    return asked;
}

action dialogue::resume(reply const& answer) {
    return on_reply(take_awaited(), answer);
}

action dialogue::resume(boost::system::error_code fault) {
    return on_fault(take_awaited(), fault);
}

action dialogue::on_reply(expectation const& asked, reply const& r) {
    note_poll(asked, r.first_line());
    auto const& row = row_for(asked.where, r, read(asked.where, asked.whom, r));
    closing_ = is_closing(r);
    if (is_about_session(asked, r)) {
        may_quit_ = !closing_;
        return reconnect(finding_at(asked.where, row, r));
    }
    note(asked, r);
    if (refusal_) {
        may_be_kept_ = may_be_kept_ && row.then == next_step::go_on;
        return finish(std::move(*refusal_));
    }
    if (abandoned_) return closing_ ? begin_again(finding_at(asked.where, row, r)) : advance();
    if (row.then == next_step::go_on) return proceed(asked, r);
    if (row.then == next_step::use_helo && who_.via == protocol::smtp) return greet(verb::helo);
    auto f = finding_at(asked.where, row, r);
    if (row.then == next_step::use_helo) f.then = next_step::next_host;
    if (row.then == next_step::go_in_clear) return tls_failed(std::move(f), {});
    if (row.reason == reason::tls_required) return upgrade(std::move(f));
    return conclude(asked, std::move(f), r);
}

reading dialogue::read(stage where, probe whom, reply const& r) const {
    if (r.positive()) return {};
    names_in_reply const names{
        .asked = address_of(whom), .host = state_.host, .helo = who_.helo, .senders = who_.senders};
    return reading(where, r, names, who_.rules.book());
}

/// Returns what a refusal of the null sender would mean as an answer to MAIL.
decision_row const& dialogue::as_of_mail(probe whom, reply const& r) const {
    return row_for(stage::mail_null, r, read(stage::mail_null, whom, r));
}

/// Notes what one reply changes in the session.
void dialogue::note(expectation const& asked, reply const& r) {
    if (asked.where == stage::greeting) state_.greeting = poll_.received;
    if (is_hello(asked.where)) state_.helo = poll_.received;
    if (asked.where == stage::rset) {
        state_.in_transaction = false;
        must_reset_ = false;
        was_reset_ = true;
    }
    if (covers(stage::mail, asked.where) && r.positive()) {
        state_.in_transaction = true;
        state_.sender = sender();
        state_.with_smtputf8 = who_.needs_smtputf8;
        state_.recipients = 0;
        ++state_.transactions;
    }
    if (asked.where != stage::rcpt) return;
    ++state_.recipients;
    ++state_.asked;
    if (r.permanent()) ++state_.refused;
}

action dialogue::proceed(expectation const& asked, reply const& r) {
    switch (asked.where) {
        case stage::greeting:
            if (names_us(r)) break;
            return greet(how_.greet_by);
        case stage::ehlo: state_.offered = capabilities::of(r); [[fallthrough]];
        case stage::helo:
            if (names_us(r)) break;
            state_.greeted = true;
            return after_hello();
        case stage::starttls: return action(action::kind::secure, stage::starttls);
        default: return advance();
    }
    may_quit_ = true;
    return finish(finding_of(status::error, reason::self, scope::self, "the server bears our own name",
                             next_step::next_address));
}

/// Returns whether the server has our name: then it is ourselves, found by a detour (CO-163).
bool dialogue::names_us(reply const& r) const {
    auto const text = r.lines.front();
    return !who_.may_be_ourselves && same_word(text.substr(0, text.find(' ')), who_.helo);
}

action dialogue::greet(verb by) {
    if (who_.via == protocol::lmtp) return ask(stage::ehlo, command(verb::lhlo, who_.helo));
    return ask(by == verb::ehlo ? stage::ehlo : stage::helo, command(by, who_.helo));
}

action dialogue::after_hello() {
    bool const wanted = who_.tls == tls_use::may || who_.tls == tls_use::require || how_.secure_first;
    bool const offered = state_.offered.offers("STARTTLS");
    if (!state_.secure && wanted && offered && !how_.in_clear)
        return ask(stage::starttls, command(verb::starttls));
    return begin();
}

/// Judges for this question what the server offers: a session that was kept has served other questions.
action dialogue::begin() {
    if (!state_.secure && who_.tls == tls_use::require) {
        missing_ = "STARTTLS";
        may_quit_ = true;
        return finish(finding_of(status::error, reason::tls_policy, scope::self,
                                 "the server offers no STARTTLS", next_step::next_host));
    }
    if (who_.needs_smtputf8 && !state_.offered.offers("SMTPUTF8")) {
        missing_ = "SMTPUTF8";
        may_quit_ = true;
        may_be_kept_ = may_serve_again();
        return finish(finding_of(status::error, reason::smtputf8_unsupported, scope::host,
                                 "the server lacks SMTPUTF8", next_step::next_host));
    }
    return advance();
}

/// Returns the next thing to say, or to hear.
action dialogue::advance() {
    if (!outstanding_.empty()) return expect_next();
    abandoned_ = false;
    if (!upgrade_) return say_group();
    bool const resets = must_reset_ || state_.in_transaction;
    if (resets) return ask(stage::rset, command(verb::rset));
    return ask(stage::starttls, command(verb::starttls));
}

/// Says as much as the server takes in one piece. A piece never goes beyond one transaction.
action dialogue::say_group() {
    bool const resets = needs_reset();
    bool const begins = resets || !state_.in_transaction;
    if (resets) say(stage::rset, command(verb::rset));
    if (begins && (!resets || is_pipelining())) {
        say(sender().empty() ? stage::mail_null : stage::mail_sender,
            command(verb::mail, sender(), who_.needs_smtputf8 ? " SMTPUTF8" : ""));
    }
    if (!begins || is_pipelining()) {
        auto const room = recipient_limit() - (begins ? 0 : state_.recipients);
        auto const whom = verdict_ ? probe::postmaster : random_is_pending() ? probe::random : probe::target;
        say(stage::rcpt, command(verb::rcpt, address_of(whom)), whom);
        if (whom == probe::random) random_asked_ = true;
        if (whom == probe::random && is_pipelining() && room > 1)
            say(stage::rcpt, command(verb::rcpt, who_.recipient), probe::target);
    }
    group_ = outstanding_.size();
    return action(action::kind::exchange, outstanding_.front().where, outstanding_);
}

/// Returns whether the transaction that is open cannot serve the question.
bool dialogue::needs_reset() const {
    if (must_reset_) return true;
    if (!state_.in_transaction) return false;
    bool const lacks_smtputf8 = who_.needs_smtputf8 && !state_.with_smtputf8;
    return state_.sender != sender() || state_.recipients >= recipient_limit() || lacks_smtputf8;
}

action dialogue::conclude(expectation const& asked, finding&& f, reply const& r) {
    bool const of_mail = covers(stage::mail, asked.where);
    may_quit_ = deserves_quit(f);
    if (of_mail && who_.needs_smtputf8 && (r.code == 501 || r.code == 555)) {
        return finish(finding_of(status::error, reason::smtputf8_unsupported, scope::host,
                                 "the server offers SMTPUTF8 and refuses it", next_step::next_host));
    }
    if (of_mail && may_depend_on_sender(f, r) && !verdict_) return leave_sender(std::move(f));
    if (verdict_ && asked.where != stage::rcpt) return finish(std::move(*verdict_));
    if (asked.where == stage::rset) {  // only the session is given up, not the question
        may_quit_ = true;
        return begin_again(std::move(f));
    }
    if (asked.where != stage::rcpt) return finish(std::move(f));

    // RFC 5321 4.5.3.1.10: a bare 552 to a later recipient is a 452 by its old name.
    bool const too_many = f.then == next_step::ask_alone || (r.code == 552 && !r.enhanced);
    if (too_many && state_.recipients > 1) {  // not a verdict (CO-081)
        must_reset_ = abandoned_ = true;
        return advance();
    }
    bool const was_alone = state_.asked == 1 || verdict_;
    if (f.then == next_step::ask_alone && !was_alone) return reconnect(std::move(f));
    // "Too many" for the only recipient of a bounce refuses the bounce.
    bool const refuses_bounce = f.then == next_step::ask_alone && r.permanent() && sender().empty();
    if (f.then == next_step::ask_alone) f.then = next_step::next_host;
    bool const refuses_sender = f.answer.reason == reason::sender_refused || refuses_bounce;
    if (refuses_sender && !verdict_) {  // at RCPT, as Postfix does by default
        auto const& row = as_of_mail(asked.whom, r);
        bool const refuses_null = sender().empty() && row.reason == reason::null_refused;
        return leave_sender(refuses_null ? finding_at(stage::rcpt, row, r) : std::move(f));
    }
    switch (asked.whom) {
        case probe::random: return conclude_random(std::move(f));
        case probe::postmaster: return conclude_postmaster(std::move(f));
        case probe::target: break;
    }
    return conclude_target(std::move(f));
}

/// smtp-callout.md 3.5: only a yes or a no to the address itself says anything about a catch-all.
action dialogue::conclude_random(finding&& f) {
    how_.without_random = true;
    auto const& v = f.answer;
    bool const accepted = v.status == status::pass;
    bool const refused = v.status == status::fail && v.scope == scope::address;
    if (accepted) how_.catch_all = known::yes;
    if (refused) how_.catch_all = known::no;
    random_failed_ = !accepted && !refused;
    bool const last = outstanding_.empty();
    if (closing_ || (random_failed_ && last)) return reconnect(std::move(f));
    return advance();
}

action dialogue::conclude_target(finding&& f) {
    if (random_failed_ && f.then != next_step::stop) return reconnect(std::move(f));
    may_be_kept_ = may_quit_ && may_serve_again();
    bool const is_pass = f.answer.status == status::pass;
    bool const is_doubtful = f.answer.status == status::fail && others_were_asked();
    if (!is_doubtful && (!is_pass || who_.postmasters.empty())) return finish(std::move(f));
    f.answer.poll = take_poll();
    if (is_doubtful) {  // a server that refuses further recipients as such, and hangs up, means no mailbox
        refusal_ = std::make_unique<finding>(std::move(f));
        return ask(stage::rset, command(verb::rset));
    }
    verdict_ = std::make_unique<finding>(std::move(f));
    must_reset_ = true;
    return advance();
}

/// Only a host that knows no postmaster fails this test (CO-123, CO-124).
action dialogue::conclude_postmaster(finding&& f) {
    auto const& v = f.answer;
    if (v.status == status::pass) has_postmaster_ = known::yes;
    bool const refused =
        v.status == status::fail && v.scope == scope::address && v.strength == strength::strong;
    if (refused && ++postmaster_ < who_.postmasters.size()) return advance();
    if (!refused) return finish(std::move(*verdict_));
    has_postmaster_ = known::no;
    f.answer.exists = verdict_->answer.exists;
    f.answer.poll = take_poll();
    f.then = next_step::stop;
    return finish(std::move(f));
}

/// Goes on to the next sender, because this one was refused or put off: first the outstanding replies are
/// read (CO-059), then RSET is said.
action dialogue::leave_sender(finding&& refusal) {
    if (refusal.answer.reason == reason::null_refused) {
        how_.null_refused = true;
        if (!state_.in_transaction) state_.null_refused = true;  // at RCPT it is one domain that refuses it
    }
    if (how_.sender + 1 == who_.senders.size()) {
        may_quit_ = true;
        if (refusal.then == next_step::other_sender) refusal.then = next_step::stop;
        return finish(std::move(refusal));
    }
    ++how_.sender;
    must_reset_ = abandoned_ = true;
    return advance();
}

/// Begins TLS, which the peer wants, if that is possible.
action dialogue::upgrade(finding&& refusal) {
    bool const offered = state_.offered.offers("STARTTLS");
    if (state_.secure || !offered || how_.in_clear || who_.tls == tls_use::never) {
        if (!offered && !state_.secure) missing_ = "STARTTLS";
        may_quit_ = true;
        return finish(verdict_ ? std::move(*verdict_) : std::move(refusal));
    }
    if (closing_) {  // "421 TLS required": the next connection begins with it
        how_.secure_first = true;
        return reconnect(std::move(refusal));
    }
    upgrade_ = std::make_unique<finding>(std::move(refusal));
    abandoned_ = true;
    return advance();
}

action dialogue::secured(result<tls_session> const& handshake) {
    if (handshake) {
        state_.secure = true;
        was_reset_ = false;               // the session begins anew
        state_.offered = capabilities();  // what was offered in clear may be anybody's (RFC 3207 4.2)
        state_.greeted = false;
        upgrade_.reset();
        return greet(verb::ehlo);
    }
    auto const why = handshake.error();
    auto f = decide(stage::starttls, why);
    bool const ends = why == errc::bytes_before_tls || why == errc::cancelled;
    return ends ? finish(std::move(f)) : tls_failed(std::move(f), why);
}

/// `why` is none if the command was refused, and the connection goes on.
action dialogue::tls_failed(finding&& f, boost::system::error_code why) {
    clear_still_works_ = may_quit_ = !why;
    how_.learnt.tls_broken = why && why != errc::decided;
    if (upgrade_) f = *upgrade_;
    tls_failure_ = std::make_unique<finding>(std::move(f));
    return action(action::kind::weigh, stage::starttls);
}

after_tls_failure dialogue::proposed() const noexcept {
    bool const may_do_without = who_.tls != tls_use::require && !upgrade_;
    return may_do_without ? after_tls_failure::retry_plain : after_tls_failure::quit;
}

action dialogue::weighed(after_tls_failure decision) {
    auto f = std::move(*tls_failure_);
    bool const in_clear = decision == after_tls_failure::retry_plain && who_.tls != tls_use::require;
    if (!in_clear) {
        f.then = decision == after_tls_failure::next_address ? next_step::next_address : next_step::next_host;
        return finish(std::move(f));
    }
    how_.in_clear = true;
    upgrade_.reset();
    if (clear_still_works_) return after_hello();
    return reconnect(std::move(f));
}

action dialogue::give_up(errc why) {
    may_quit_ = why == errc::decided;
    return finish(decide(stage::any, make_error_code(why)));
}

action dialogue::on_fault(expectation const& asked, boost::system::error_code fault) {
    note_poll(asked, "nothing");
    auto f = decide(asked.where, fault);
    bool const lost = fault == errc::closed;
    bool const waited = fault == errc::timed_out;
    may_quit_ = may_be_kept_ = false;
    if (verdict_) return finish(std::move(*verdict_));
    if (refusal_ && !lost && fault != errc::cancelled) return finish(std::move(*refusal_));
    if (lost && reused_) return reconnect(std::move(f));
    bool const of_reset = asked.where == stage::rset;
    if ((lost && abandoned_) || ((lost || waited) && of_reset)) return begin_again(std::move(f));
    if (lost && is_hello(asked.where) && how_.greet_by == verb::ehlo && who_.via == protocol::smtp) {
        how_.greet_by = verb::helo;  // it may know HELO only, and hang up on all else (SE-045)
        return reconnect(std::move(f));
    }
    if (lost_commands(fault)) {
        how_.one_by_one = how_.learnt.no_pipelining = true;
        return reconnect(std::move(f));
    }
    bool const of_random = asked.where == stage::rcpt && asked.whom == probe::random;
    if ((of_random && (lost || waited)) || (lost && random_asked_)) {  // CO-098
        how_.without_random = true;
        how_.random_timed_out = of_random && waited;
        return reconnect(std::move(f));
    }
    return finish(std::move(f));
}

/// Returns whether the server has had enough of this connection, or has lost count of its commands: that says
/// nothing about the question, which another connection answers (Z109, Z132).
bool dialogue::is_about_session(expectation const& asked, reply const& r) const {
    bool const counts = abandoned_ || verdict_ || !covers(stage::mail | stage::rcpt, asked.where);
    if (counts) return false;
    bool const is_out_of_step = r.code == 503 && (others_were_asked() || was_reset_);
    return is_out_of_step || (closing_ && others_were_asked());
}

/// Returns whether the connection was asked for other recipients before the target.
bool dialogue::others_were_asked() const {
    return reused_ || (random_asked_ && how_.without_random);
}

bool dialogue::may_serve_again() const {
    auto const most = std::min(transactions_of_a_session, state_.offered.limit("MAILMAX").value_or(-1));
    return state_.refused < refusals_of_a_session && state_.asked < who_.max_recipients &&
           state_.transactions < most;
}

/// Returns whether the peer lost commands: one that promises PIPELINING and empties its input before each
/// command answers the first of a group, and no other (Z060).
bool dialogue::lost_commands(boost::system::error_code fault) const {
    return fault == errc::timed_out && group_ > 1 && outstanding_.size() + 1 < group_;
}

bool dialogue::is_pipelining() const {
    return !how_.one_by_one && state_.offered.offers("PIPELINING");
}

bool dialogue::random_is_pending() const {
    return who_.random_recipient && !how_.without_random;
}

std::size_t dialogue::recipient_limit() const {
    if (sender().empty()) return 1;
    return std::min(recipients_of_a_transaction,
                    state_.offered.limit("RCPTMAX").value_or(recipients_of_a_transaction));
}

std::string const& dialogue::address_of(probe whom) const {
    switch (whom) {
        case probe::random: return *who_.random_recipient;
        case probe::postmaster: return who_.postmasters[std::min(postmaster_, who_.postmasters.size() - 1)];
        case probe::target: break;
    }
    return who_.recipient;
}

action dialogue::ask(stage where, command what) {
    say(where, std::move(what));
    group_ = 1;
    return action(action::kind::exchange, where, outstanding_);
}

action dialogue::expect_next() const {
    return action(action::kind::exchange, outstanding_.front().where);
}

void dialogue::say(stage where, command what, probe whom) {
    outstanding_.emplace_back(where, std::move(what), whom);
}

void dialogue::note_poll(expectation const& asked, std::string received) {
    poll_.sent = asked.line();
    poll_.received = std::move(received);
}

callout::poll dialogue::take_poll() {
    auto taken = std::move(poll_);
    taken.greeting = state_.greeting;
    taken.helo = state_.helo;
    return taken;
}

action dialogue::finish(finding&& f) {
    outcome_ = std::move(f);
    auto& v = outcome_.answer;
    if (v.poll.sent == "nothing") v.poll = take_poll();
    v.rejects_null = how_.null_refused;
    v.catch_all = how_.catch_all;
    v.postmaster = has_postmaster_;
    rule(v, {.postmaster_is_wanted = !who_.postmasters.empty()});
    outcome_.traits = how_.learnt;
    outcome_.random_timed_out = how_.random_timed_out;
    outcome_.traits.no_pipelining = how_.learnt.no_pipelining && v.reply.has_value();
    may_be_kept_ = may_be_kept_ && !closing_ && outstanding_.empty() && !again_;
    return action(action::kind::done, stage::any);
}

/// Reconnects, because a group that was given up, or the RSET after it, ended the session. If TLS was to cure
/// a refusal, that refusal would only come again, and is the verdict.
action dialogue::begin_again(finding&& f) {
    return upgrade_ ? finish(std::move(*upgrade_)) : reconnect(std::move(f));
}

action dialogue::reconnect(finding&& f) {
    how_.fresh = true;
    again_ = how_;
    return finish(std::move(f));
}

}  // namespace callout::core
