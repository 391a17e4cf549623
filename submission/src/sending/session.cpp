#include "sending/session.hpp"

#include <algorithm>
#include <utility>

#include "sending/command.hpp"

namespace submission::sending {
namespace {

using callout::core::reply_oddity;
using cause = event::disconnected::cause;

/// Returns whether replies of a phase carry enhanced codes (RFC 2034 4).
bool carries_enhanced_codes(phase where) {
    switch (where) {
        case phase::connect:
        case phase::greeting:
        case phase::hello:
        case phase::starttls: return false;
        default: return true;
    }
}

bool is_broken_protocol(boost::system::error_code why) {
    using callout::errc;
    return why.category() == callout::category() &&
           why.value() >= static_cast<int>(errc::reply_not_numeric) &&
           why.value() <= static_cast<int>(errc::reply_unsolicited);
}

cause cause_of(boost::system::error_code why) {
    if (is_broken_protocol(why)) return cause::protocol;
    if (why == callout::errc::timed_out) return cause::timed_out;
    if (why == callout::errc::cancelled) return cause::cancelled;
    return cause::eof;
}

}  // namespace

session::session(batch& what, session_options const& how, opening begin, std::string host,
                 notifier const& tell, callout::random& chance)
    : what_(what),
      how_(how),
      begin_(begin),
      host_(std::move(host)),
      tell_(tell),
      chance_(chance),
      reader_(how.replies) {}

void session::start() {
    if (begin_.tls == tls_start::at_once) return begin_tls();
    outstanding_.emplace_back(phase::greeting);
}

phase session::during() const noexcept {
    if (!outstanding_.empty()) return outstanding_.front().where;
    switch (state_) {
        case state::handshake: return phase::starttls;
        case state::filling: return phase::content;
        default: return leaving_ ? phase::quit : phase::mail;
    }
}

action session::next() {
    using kind = action::kind;
    if (tell_.threw() && state_ != state::ended) cancel();
    if (!output_.empty() && state_ != state::ended && unwritten_ == outstanding_.size()) out_of_turn();
    auto const which = transaction_ ? transaction_->message : next_message_;
    auto const make = [&](kind what) { return action(what, during(), number_, which); };
    if (state_ == state::ended) return make(kind::done);
    if (!output_.empty()) return make(kind::write);
    switch (state_) {
        case state::handshake: return make(kind::start_tls);
        case state::measuring: return make(kind::measure);
        case state::filling:
            // Chunks are few and their replies short: no more of them than this are in doubt when one is
            // refused.
            return make(outstanding_.size() < (is_pipelining() ? 3 : 1) ? kind::fill : kind::read);
        default: return make(kind::read);
    }
}

void session::written() {
    output_.clear();
    unwritten_ = 0;
    ++number_;
    read_replies();
}

void session::feed(std::string_view bytes) {
    reader_.feed(bytes);
    read_replies();
}

void session::read_replies() {
    while ((state_ == state::waiting || state_ == state::filling) && outstanding_.size() > unwritten_) {
        bool const greets = outstanding_.front().where == phase::greeting;
        using place = callout::core::reply_place;
        auto const complete = reader_.next(greets ? place::greeting : place::later);
        if (!complete) return fail(complete.error());
        if (!*complete) return;
        on_reply(**complete);
    }
}

/// Nothing may lie there when something is due: it answers none. A farewell ends the session in peace
/// (SE-088).
void session::out_of_turn() {
    auto const early = reader_.next();
    if (early && !*early) return;
    if (transaction_) transaction_->was_end_sent = false;  // it was to be written now
    if (!early) return fail(early.error());
    if (is_early_verdict(**early)) return take_early_verdict(**early);
    if ((*early)->code != 421) return fail(callout::errc::reply_unsolicited);
    tell_.tell(event::server_closing{**early, "nothing"});
    outstanding_.clear();
    interrupt(errc::closing, nullptr);
}

void session::on_reply(reply const& r) {
    auto const asked = std::move(outstanding_.front());
    outstanding_.pop_front();
    under_way_ -= std::min(under_way_, asked.line.size());
    ++number_;
    tell_.tell(event::received{r});
    bool const is_ended = is_refused_for_syntax(asked, r);
    if (leaving_) {
        if (asked.where == phase::quit) state_ = state::ended;
        return;
    }
    bool const decides = asked.where == phase::end_of_data || asked.where == phase::content;
    if (is_ended && !decides) return interrupt(callout::errc::decided, nullptr);
    quits_ = quits_ || is_ended;
    closing_ = r.code == 421;
    if (asked.where == phase::greeting)
        tell_.tell(event::greeted{r, r.lines.front().find("ESMTP") != std::string_view::npos});
    note_status(asked, r);
    if (closing_ || r.code == 521) tell_.tell(event::server_closing{r, asked.line});
    if (closing_ && asked.where != phase::greeting) return interrupt(errc::closing, &r);
    proceed(asked, r);
}

/// Tells what is odd in a reply; true if the observer will have none of it (SE-035).
bool session::is_refused_for_syntax(expectation const& asked, reply const& r) {
    auto kinds = r.oddities;
    bool const promised = carries_enhanced_codes(asked.where) && server_.has("ENHANCEDSTATUSCODES");
    if (promised && !r.enhanced && r.code / 100 != 3) kinds = kinds | reply_oddity::enhanced_missing;
    if (asked.where == phase::hello && r.positive() && offers(r).has_odd_number())
        kinds = kinds | reply_oddity::odd_number;
    if (kinds == reply_oddity::none) return false;
    return tell_.ask(event::syntax_warning{kinds, asked.line, r}) == event::syntax_warning::decision::quit;
}

void session::note_status(expectation const& asked, reply const& r) {
    if (asked.where == phase::etrn) {
        auto& node = what_.etrns[asked.index];
        node.status = r;
        tell_.tell(event::etrn_status{asked.index, node.option(), node.node(), r});
    }
    if (asked.where == phase::mail) {
        auto& one = current();
        one.sender_status = r;
        auto const sender = one.sender ? one.sender->address() : std::string();
        tell_.tell(event::mail_status{transaction_->message, sender, r});
    }
    if (asked.where == phase::rcpt && !transaction_->is_abandoned) note_recipient(asked.index, r);
}

void session::proceed(expectation const& asked, reply const& r) {
    switch (asked.where) {
        case phase::greeting: return on_greeting(r);
        case phase::hello: return on_hello(asked, r);
        case phase::starttls: return on_starttls(r);
        case phase::authentication: return on_auth(r);
        case phase::mail: return on_mail(r);
        case phase::rcpt: return on_rcpt(asked, r);
        case phase::data: return on_data(r);
        case phase::content: return on_bdat(r);
        case phase::end_of_data: return on_end_of_data(r);
        case phase::rset:
            if (!r.positive()) return leave(errc::unexpected_reply);
            needs_reset_ = false;
            return advance();
        case phase::etrn: return advance();
        case phase::connect:
        case phase::quit: return;
    }
}

void session::lost(boost::system::error_code why) {
    if (state_ != state::ended) fail(why);
}

/// The connection is of no more use.
void session::fail(boost::system::error_code why) {
    if (leaving_) {
        state_ = state::ended;
        return;
    }
    auto const where = during();
    auto const said = outstanding_.empty() ? std::string("nothing") : outstanding_.front().line;
    if (is_broken_protocol(why))
        tell_.tell(event::protocol_error{why, said, callout::core::printable(reader_.rejected())});
    auto then = elsewhere();
    if (where == phase::hello && why == callout::errc::closed && !begin_.by_helo && !is_secure_) {
        then = afterwards::again;  // an old server may hang up at EHLO, or when it has refused it (SE-040,
                                   // SE-045)
        ending_.next = begin_;
        ending_.next.by_helo = true;
    }
    outstanding_.clear();
    auto const early = reader_.next();
    if (early && *early && is_early_verdict(**early)) return take_early_verdict(**early);
    settle_unknown();
    if (transaction_) finish_message(stage_now(), why, nullptr);
    drop(why, cause_of(why), then);
}

void session::cancel() {
    if (leaving_ || state_ == state::ended) {
        state_ = state::ended;
        return;
    }
    outstanding_.clear();
    settle_unknown();
    if (transaction_) finish_message(message_stage::aborted, callout::errc::cancelled, nullptr);
    drop(callout::errc::cancelled, cause::cancelled);
}

/// Ends the session between two commands: by its own decision, or because the server closes it.
void session::interrupt(boost::system::error_code why, reply const* r) {
    bool const is_closed = why == errc::closing;
    bool const expects_content =
        std::ranges::any_of(outstanding_, [](expectation const& one) { return one.where == phase::data; });
    auto const then = elsewhere();
    if (transaction_) {
        finish_message(is_closed ? stage_now() : message_stage::aborted, why, r);
    }
    if (is_closed) {
        outstanding_.clear();
        return drop(why, cause::server_closing, then);
    }
    if (expects_content) return drop(why, cause::decision);
    leave(why);
}

void session::say(phase where, std::string line, std::size_t index) {
    tell_.tell(event::sent{line});
    if (outstanding_.size() == unwritten_) ++number_;
    output_ += line;
    output_ += "\r\n";
    under_way_ += line.size();
    last_command_ = line;
    outstanding_.emplace_back(where, index, std::move(line));
    ++unwritten_;
}

void session::say_secret(phase where, std::string const& line, std::string shown) {
    auto const before = output_.size();
    say(where, std::move(shown));
    output_.resize(before);
    output_ += line;
    output_ += "\r\n";
}

/// Says QUIT. What is still outstanding is read, and does not count.
void session::leave(boost::system::error_code why, afterwards then) {
    ending_.error = why;
    ending_.then = then;
    ending_.cause = why == callout::errc::decided ? cause::decision : cause::quit;
    leaving_ = true;
    state_ = state::waiting;
    say(phase::quit, "QUIT");
}

void session::drop(boost::system::error_code why, cause which, afterwards then) {
    ending_.error = why;
    ending_.then = then;
    ending_.cause = which;
    output_.clear();
    state_ = state::ended;
}

}  // namespace submission::sending
