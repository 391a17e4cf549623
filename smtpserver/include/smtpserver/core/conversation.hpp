#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "smtpserver/core/chunk_check.hpp"
#include "smtpserver/core/command.hpp"
#include "smtpserver/core/content.hpp"
#include "smtpserver/core/content_reader.hpp"
#include "smtpserver/core/line_reader.hpp"
#include "smtpserver/core/reply.hpp"

namespace smtpserver {

/// How far a transaction has come (smtp-engine.md C.3).
enum class stage : std::uint8_t {
    start,  ///< before EHLO
    ready,
    mail,    ///< a sender was accepted
    rcpt,    ///< and a recipient
    chunks,  ///< and a first BDAT; no DATA and no RCPT can follow
};

/// How bytes are read.
class reading_options {
public:
    reading_options() {}
    std::size_t line = 2048;
    std::size_t content_line = 64 * 1024;
    bare_line_ends line_ends = bare_line_ends::reject;
    path_syntax paths = path_syntax::strict;
    /// Without it BDAT is a command that is not implemented, and no bytes follow it.
    enum class chunking : std::uint8_t { off, on } chunks = chunking::on;
};

/// The receiving side of one SMTP or LMTP connection, without sockets and without verdicts of its own: bytes
/// go in, commands and the bytes of messages come out, and each reply that the caller reports moves it on.
///
/// The caller takes one command, answers it and asks for the next. Pipelined commands wait in the buffer,
/// because the answer to DATA decides whether what follows is a command at all. `session` is a whole server
/// made of it; a program that wants to answer otherwise than a server may can use it directly.
class conversation {
public:
    /// A whole command has not arrived yet.
    struct starving {};
    /// A part of a message; the view is valid until the next call.
    struct piece {
        std::string_view octets;
    };
    /// What BDAT announced has arrived, and it was not the last chunk, or the BDAT was refused.
    struct end_of_chunk {};
    using token = std::variant<starving, piece, end_of_chunk, command>;

    explicit conversation(reading_options how = {}) : how_(how) {}

    void feed(std::string_view octets) { input_.append(octets); }
    [[nodiscard]] token next();
    /// Returns the next line as it is, for an exchange of AUTH; or nothing while it is incomplete.
    [[nodiscard]] std::optional<core::line_reader::line> next_line(std::size_t most) {
        return input_.next(most);
    }

    /// Returns the refusal that RFC 5321 demands of any server, because of the command's order or form.
    /// Nothing if the command is in order.
    [[nodiscard]] std::optional<reply> objection(command const& what) const;
    /// Moves on according to the reply that was given to the command. BDAT itself is not answered, but its
    /// bytes, when they have arrived: here its reply tells whether they are handed up or thrown away.
    void answered(command const& what, reply const& given);

    smtpserver::stage stage() const noexcept { return stage_; }
    bool is_in_transaction() const noexcept { return stage_ > smtpserver::stage::ready; }
    /// Returns whether bytes of a message are read now.
    bool is_in_content() const noexcept { return at_ != place::commands; }
    /// Returns how many bytes of the chunk are still to come.
    std::uint64_t chunk_left() const noexcept { return chunk_left_; }
    bool is_last_chunk() const noexcept { return is_last_chunk_; }
    content_faults const& faults() const noexcept;

    /// Returns the input that was not taken yet.
    std::string_view unread() const noexcept { return input_.unread(); }
    /// Returns whether that input begins a line.
    bool is_at_line_start() const noexcept { return !is_in_content() && !input_.is_discarding(); }
    /// Discards it.
    void forget_input() noexcept { input_.clear(); }
    /// The message of this transaction has no lines: its chunks are handed up as they are (BINARYMIME).
    void expect_binary() noexcept { is_binary_ = true; }
    /// Ends the transaction, but not the reading of its bytes.
    void reset() noexcept;
    /// Starts again, after STARTTLS or XCLIENT: what was said before does not count (RFC 3207 4.2).
    void restart() noexcept {
        reset();
        stage_ = smtpserver::stage::start;
    }
    /// Gives back memory while nothing is under way.
    void rest() noexcept;

private:
    enum class place : std::uint8_t { commands, content, chunk };

    token next_command();
    token next_of_content();
    token next_of_chunk();
    token end_of_this_chunk();
    void begin_chunk(command& what);
    bool is_acceptable(line_fault found) const noexcept;
    std::optional<reply> objection_to_order(command const& what) const;

    reading_options how_;
    core::line_reader input_;
    place at_ = place::commands;
    smtpserver::stage stage_ = smtpserver::stage::start;
    bool is_last_chunk_ = false;
    bool has_refused_rcpt_ = false;
    bool is_binary_ = false;
    std::optional<core::content_reader> content_;
    std::optional<core::chunk_check> chunks_;
    std::uint64_t chunk_left_ = 0;
    std::string piece_;
};

}  // namespace smtpserver
