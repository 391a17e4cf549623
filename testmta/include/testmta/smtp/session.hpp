#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "testmta/smtp/command.hpp"
#include "testmta/smtp/reply.hpp"

namespace testmta::smtp {

/// smtp-engine.md C.3.
enum class state { start, ready, mail, rcpt, data };

/// The receiving side of one SMTP connection, without sockets and without verdicts of its own: octets come
/// in, typed commands go out, and each reply that its owner gives moves it on.
///
/// The owner takes one command, answers it, and asks for the next: what a client pipelined waits in the
/// buffer, for the answer to DATA decides whether what follows is a command at all.
class session {
public:
    /// One flat limit is simpler than RFC 5321's sum over the extensions (Postfix' line_length_limit).
    static constexpr std::size_t most_line = 2048;

    void feed(std::string_view octets) { buffer_.append(octets); }
    /// The next whole command; nothing while it is incomplete.
    std::optional<command> next();

    /// What must be said whoever the server is: order and form, by RFC 5321. Nothing when the command may
    /// have its way.
    std::optional<reply> objection(command const& what) const;
    /// Moves on by the reply that was given to the command.
    void answered(command const& what, reply const& given);

    /// What was sent and not yet taken is thrown away.
    void forget_input() { buffer_.clear(); }
    /// After STARTTLS everything begins anew, and nothing that came before it counts (RFC 3207 4.2).
    void restart() { *this = session(); }

    smtp::state state() const noexcept { return state_; }
    std::string const& sender() const noexcept { return sender_; }  ///< of the transaction under way

private:
    std::optional<command> next_line();
    std::optional<command> skip_content();

    smtp::state state_ = smtp::state::start;
    std::string buffer_;
    bool discarding_ = false;  // the rest of a line that was too long
    std::string sender_;
};

}  // namespace testmta::smtp
