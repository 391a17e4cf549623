#pragma once

#include <boost/system/error_code.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "milterproto/core/mta/mta_dialect.hpp"

namespace milterproto::core {

/// What an SMTP client is answered because of a filter.
class client_response {
public:
    client_response() {}
    explicit client_response(std::string_view text) : reply(text) {}

    /// Has the filter no say, so that the MTA gives its own reply?
    bool is_own() const noexcept { return reply.empty(); }
    /// A reply of 421 ends the connection (MP-208).
    bool disconnects() const noexcept { return reply.starts_with("421"); }
    int code() const noexcept;

    std::string reply;  ///< the whole text, lines parted by CRLF; empty: the MTA's own
};

/// What the verdicts of a filter mean to one SMTP client, from its greeting on (milter-protocol.md 6). A
/// refusal at connect or helo is heard by the commands behind it; a discarded message is taken in silence.
class client_standing {
public:
    explicit client_standing(mta_dialect const& as) : texts_(as.texts), failure_(as.failure) {}

    /// The filter's verdict on the command; `reply` is the text of reply_code. A refusal on one command of
    /// the content is the answer to the final dot.
    client_response on_verdict(command to, answer verdict, std::string_view reply = {});
    /// The filter failed while that command was under way.
    client_response on_failure(command at, boost::system::error_code why);
    /// What the client hears without the filter being asked: own, if nothing stands against it.
    client_response before(command what) const;

    /// The message goes on without being shown to anybody, and is thrown away at its end.
    bool discards() const noexcept { return discards_; }
    /// The message is to be held, because the filter could not be asked about it.
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

/// `accept`, `reject`, `tempfail`, `quarantine`, `shutdown`, as Postfix names them.
std::optional<failure_action> parse_failure_action(std::string_view name) noexcept;
/// Sendmail's F=R, F=T and F=4; an empty flag carries on without the filter.
std::optional<failure_action> parse_failure_flag(std::string_view flag) noexcept;

}  // namespace milterproto::core
