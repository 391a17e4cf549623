#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "callout/core/capabilities.hpp"
#include "callout/core/command.hpp"
#include "callout/core/decision.hpp"

namespace callout::core {

/// Who we are and whom we ask about. `fallback_sender` stands behind the null sender.
class dialogue_options {
public:
    dialogue_options(std::string helo_, std::string recipient_)
        : helo(std::move(helo_)), recipient(std::move(recipient_)) {}
    std::string helo;
    std::string recipient;
    std::optional<std::string> fallback_sender;
    bool needs_smtputf8 = false;
};

/// How a connection is begun: a second one may have to begin otherwise than the first.
class opening {
public:
    opening() {}
    verb greet_by = verb::ehlo;
    bool use_fallback_sender = false;
};

/// What the shell does next: write the commands, if any, in one piece, and read one reply; or nothing more.
class action {
public:
    static action exchange(std::vector<command> commands, stage awaiting) {
        return action(std::move(commands), awaiting, false);
    }
    static action done() { return action(std::vector<command>(), stage::any, true); }

    std::string bytes() const;  ///< the commands as they go over the wire

    std::vector<command> commands;
    stage awaiting;  ///< tells which timer covers the reply
    bool finished;

private:
    action(std::vector<command> c, stage a, bool f) : commands(std::move(c)), awaiting(a), finished(f) {}
};

/// The client's side of one SMTP connection, from the greeting to the verdict on one recipient. Sans-IO: a
/// reply or an error in, an action out. What a reply means stands in the decision table; this machine only
/// keeps the order.
///
///     greeting -> EHLO -> [HELO] -> MAIL -> RCPT          with PIPELINING, MAIL and RCPT in one piece
///                                    |
///                                    `-> RSET -> MAIL fallback -> RCPT      when `<>` was refused
class dialogue {
public:
    dialogue(dialogue_options options, opening how);

    action start();
    action resume(result<reply> const& answer);

    /// After `done`. If `again` says how, the same address is worth another connection.
    finding const& outcome() const noexcept { return outcome_; }
    std::optional<opening> const& again() const noexcept { return again_; }
    /// Whether the peer can still be told QUIT.
    bool may_take_leave() const noexcept { return may_take_leave_; }

private:
    struct expectation {
        stage where;
        std::string command;  ///< that provokes the reply; "nothing" for the greeting
    };

    action on_reply(expectation const& asked, reply const& r);
    action on_fault(expectation const& asked, boost::system::error_code fault);
    action proceed(stage after, reply const& r);
    action greet(verb v);
    action begin_transaction();
    action leave_null_sender(finding refusal);
    action reset();
    action change_sender(expectation const& asked, reply const& r);
    action ask(stage where, core::command what);
    action expect_next() const;
    action finish(finding f);
    action finish_and_reconnect(opening how, finding f);

    void say(std::vector<command>& commands, stage where, core::command what);
    void record(expectation const& asked, std::string received);

    dialogue_options options_;
    opening how_;
    capabilities offered_;
    std::deque<expectation> outstanding_;
    bool changing_sender_ = false;
    finding outcome_;
    std::optional<opening> again_;
    bool may_take_leave_ = false;
    bool rejects_null_ = false;
    callout::poll poll_;
};

}  // namespace callout::core
