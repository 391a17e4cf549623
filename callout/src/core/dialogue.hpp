#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "callout/command.hpp"
#include "callout/doors/tls.hpp"
#include "callout/request.hpp"
#include "core/decision.hpp"
#include "core/dialogue_options.hpp"
#include "core/session.hpp"

namespace callout::core {

/// How a connection begins, and what was learnt from earlier ones of the same question: a second one may have
/// to begin otherwise than the first. Each further connection tries one thing that was not tried before, so
/// there are few of them.
class opening {
public:
    opening() {}
    verb greet_by = verb::ehlo;
    std::size_t sender = 0;       ///< index in `dialogue_options::senders`
    bool in_clear = false;        ///< no STARTTLS
    bool secure_first = false;    ///< STARTTLS before MAIL, which the server refused without it
    bool one_by_one = false;      ///< no pipelining
    bool without_random = false;  ///< the random recipient was answered, or hinders the other
    bool random_timed_out = false;
    bool fresh = false;  ///< not on a session that was kept
    bool null_refused = false;
    known catch_all = known::unknown;
    host_traits learnt;
};

/// A reply that is still to come.
class expectation {
public:
    explicit expectation(stage s) : where(s) {}  ///< the greeting, which no command asks for
    expectation(stage s, command c, probe p) : where(s), whom(p), said(std::move(c)) {}
    std::string_view line() const { return said ? std::string_view(said->line()) : "nothing"; }

    stage where;
    probe whom = probe::target;
    std::optional<command> said;
};

/// What the shell does next.
class action {
public:
    enum class kind {
        exchange,  ///< write the commands, if any, in one piece, and read one reply: `resume`
        secure,    ///< begin TLS: `secured`
        weigh,     ///< ask the observer what to do after TLS failed: `weighed`
        done,
    };
    action(kind k, stage a, std::span<expectation const> said = {}) : what(k), awaiting(a), commands(said) {}

    bool finished() const noexcept { return what == kind::done; }
    std::string bytes() const;  ///< returns the commands as they go over the wire

    kind what;
    stage awaiting;                         ///< which timer covers the reply
    std::span<expectation const> commands;  ///< valid until the dialogue goes on
};

/// The client's side of one question over one SMTP connection: from the greeting, or from where an earlier
/// question left the session, to the verdict on one recipient. Sans-IO: a reply or an error in, an action
/// out. The decision table says what a reply means; this machine only keeps the order.
///
///     greeting -> EHLO or HELO -> [STARTTLS, EHLO] -> MAIL -> [RCPT random] -> RCPT
///
///     MAIL refused for its sender           -> RSET -> MAIL of the next sender
///     530 that wants TLS, to MAIL or RCPT   -> [RSET] -> STARTTLS, EHLO -> MAIL
///     a pass, and postmasters to ask        -> RSET -> MAIL -> RCPT postmaster
///     a refusal after other recipients      -> RSET: does the session live?
///
/// A transaction of `<>` has one recipient: many servers refuse a second one, because a bounce has none.
/// Other transactions have several.
///
/// With PIPELINING, the RSET before a transaction, its MAIL and its RCPTs are one piece (RFC 2920 3.1).
/// STARTTLS and a RSET before it stand alone.
class dialogue {
public:
    /// Both are borrowed.
    dialogue(dialogue_options const& who, opening how, session& state);

    action start();
    action resume(reply const& answer);
    action resume(boost::system::error_code fault);
    action resume(result<reply> const& answer) { return answer ? resume(*answer) : resume(answer.error()); }
    action secured(result<tls_session> const& handshake);
    action weighed(after_tls_failure decision);
    /// Ends the dialogue, with `errc::cancelled` or `errc::decided`.
    action give_up(errc why);

    /// Returns what the next reply answers. Not after `done`.
    expectation const& awaited() const { return outstanding_.front(); }
    std::size_t outstanding() const noexcept { return outstanding_.size(); }

    /// Returns what to do after TLS failed, while the action is `weigh`.
    after_tls_failure proposed() const noexcept;

    /// Returns the result after `done`. If `again` says how, the same address is worth another connection.
    finding const& outcome() const noexcept { return outcome_; }
    finding&& take_outcome() noexcept { return std::move(outcome_); }
    std::optional<opening> const& again() const noexcept { return again_; }
    /// Returns whether QUIT can still be said.
    bool may_quit() const noexcept { return may_quit_; }
    /// Returns whether another question may follow.
    bool may_be_kept() const noexcept { return may_be_kept_; }
    /// Returns the extension that the server lacked and the question needed; empty if there was none.
    std::string_view missing_extension() const noexcept { return missing_; }

private:
    expectation take_awaited();
    action on_reply(expectation const& asked, reply const& r);
    action on_fault(expectation const& asked, boost::system::error_code fault);
    reading read(stage where, probe whom, reply const& r) const;
    decision_row const& as_of_mail(probe whom, reply const& r) const;
    action proceed(expectation const& asked, reply const& r);
    action greet(verb by);
    action after_hello();
    action begin();
    action advance();
    action say_group();
    action conclude(expectation const& asked, finding&& f, reply const& r);
    action conclude_random(finding&& f);
    action conclude_target(finding&& f);
    action conclude_postmaster(finding&& f);
    action leave_sender(finding&& refusal);
    action upgrade(finding&& refusal);
    action tls_failed(finding&& f, boost::system::error_code why);
    action ask(stage where, command what);
    action expect_next() const;
    action finish(finding&& f);
    action begin_again(finding&& f);
    action reconnect(finding&& f);

    void say(stage where, command what, probe whom = probe::target);
    void note(expectation const& asked, reply const& r);
    void note_poll(expectation const& asked, std::string received);
    callout::poll take_poll();
    bool names_us(reply const& r) const;
    bool is_pipelining() const;
    bool random_is_pending() const;
    bool is_about_session(expectation const& asked, reply const& r) const;
    bool others_were_asked() const;
    bool needs_reset() const;
    bool may_serve_again() const;
    bool lost_commands(boost::system::error_code fault) const;
    std::size_t recipient_limit() const;
    std::string const& sender() const { return who_.senders[how_.sender]; }
    std::string const& address_of(probe whom) const;

    dialogue_options const& who_;
    session& state_;
    opening how_;
    std::vector<expectation> outstanding_;
    std::size_t group_ = 0;  ///< how many commands were last sent in one piece
    bool reused_;
    bool was_reset_ = false;  ///< by this dialogue
    bool closing_ = false;    ///< the last reply was 421
    bool abandoned_ = false;  ///< outstanding replies are read, and do not count
    bool must_reset_ = false;
    bool random_failed_ = false;  ///< its answer says nothing, and makes that of the target doubtful
    bool random_asked_ = false;   ///< on this connection
    bool may_quit_ = false;
    bool may_be_kept_ = false;
    // Few need them, and many dialogues wait at the same time.
    std::unique_ptr<finding> upgrade_;      ///< the refusal that TLS may cure
    std::unique_ptr<finding> tls_failure_;  ///< being weighed
    std::unique_ptr<finding> verdict_;      ///< on the target, while postmasters are asked
    std::unique_ptr<finding> refusal_;      ///< of the target, until RSET shows that the session lives
    bool clear_still_works_ = false;        ///< after it, on this connection
    std::size_t postmaster_ = 0;
    known has_postmaster_ = known::unknown;
    std::string_view missing_;
    finding outcome_;
    std::optional<opening> again_;
    callout::poll poll_;  ///< its greetings are those of the session
};

}  // namespace callout::core
