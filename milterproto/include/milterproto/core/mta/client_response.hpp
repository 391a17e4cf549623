#pragma once

#include <boost/system/error_code.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "milterproto/core/mta/mta_dialect.hpp"

namespace milterproto::core {

/// The answer that an SMTP client gets because of a filter.
class client_response {
public:
    client_response() {}
    explicit client_response(std::string_view text) : reply(text) {}

    /// Returns whether the filter has no say, so that the MTA gives its own reply.
    bool is_own() const noexcept { return reply.empty(); }
    /// Returns whether the reply ends the connection, as a 421 does (MP-208).
    bool disconnects() const noexcept { return reply.starts_with("421"); }
    int code() const noexcept;

    std::string reply;  ///< the whole text, lines separated by CRLF; empty: the MTA's own
};

/// What the verdicts of a filter mean to one SMTP client, from its greeting on (milter-protocol.md 6). A
/// refusal at connect or helo is the answer to the commands after it; a discarded message is taken in
/// silence.
class client_standing {
public:
    explicit client_standing(mta_dialect const& as) : texts_(as.texts), failure_(as.failure) {}

    /// Takes the filter's verdict on the command; `reply` is the text of reply_code. A refusal on one command
    /// of the content is the answer to the final dot.
    client_response on_verdict(command to, answer verdict, std::string_view reply = {});
    /// Takes a failure of the filter while that command was under way.
    client_response on_failure(command at, boost::system::error_code why);
    /// Returns what the client hears without the filter being asked: the MTA's own reply, if no refusal
    /// stands.
    client_response before(command what) const;

    /// Returns whether the message is no longer shown to any filter, and is thrown away at its end.
    bool discards() const noexcept { return discards_; }
    /// Returns whether the message is to be held, because the filter could not be asked about it.
    bool holds() const noexcept { return holds_; }
    void message_over() noexcept { discards_ = false; }

private:
    client_response at_connect(answer verdict, std::string_view reply);
    client_response at_helo(answer verdict, std::string_view reply);
    std::string_view text_of(command to, answer verdict, std::string_view reply) const noexcept;

    response_texts texts_;
    failure_rules failure_;
    std::string standing_refusal_;  ///< of every command from MAIL on
    bool discards_ = false;
    bool holds_ = false;
};

/// Reads an action as Postfix names it: `accept`, `reject`, `tempfail`, `quarantine` or `shutdown`.
std::optional<failure_action> parse_failure_action(std::string_view name) noexcept;
/// Reads the letter of Sendmail's F=R, F=T and F=4; an empty flag carries on without the filter.
std::optional<failure_action> parse_failure_flag(std::string_view flag) noexcept;

}  // namespace milterproto::core
