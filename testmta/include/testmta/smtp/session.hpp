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

/// The receiving side of one SMTP connection, without sockets and without verdicts of its own: bytes go in,
/// typed commands come out, and each reply that the caller reports moves the session on.
///
/// The caller takes one command, answers it and asks for the next. Pipelined commands wait in the buffer,
/// because the answer to DATA decides whether what follows is a command at all.
class session {
public:
    /// One flat limit is simpler than RFC 5321's sum over the extensions (Postfix's line_length_limit).
    static constexpr std::size_t most_line = 2048;

    void feed(std::string_view octets) { buffer_.append(octets); }
    /// Returns the next command, or nothing while it is incomplete.
    std::optional<command> next();

    /// Returns the refusal that RFC 5321 demands of any server, because of the command's order or form.
    /// Nothing if the command is in order.
    std::optional<reply> objection(command const& what) const;
    /// Moves on according to the reply that was given to the command.
    void answered(command const& what, reply const& given);

    /// Discards the input that was not taken yet.
    void forget_input() { buffer_.clear(); }
    /// Starts again after STARTTLS: what was said before TLS does not count (RFC 3207 4.2).
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
