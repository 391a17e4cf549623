#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "smtpserver/core/action.hpp"
#include "smtpserver/core/connection.hpp"
#include "smtpserver/core/conversation.hpp"
#include "smtpserver/core/envelope.hpp"
#include "smtpserver/core/intake.hpp"
#include "smtpserver/core/patience.hpp"
#include "smtpserver/core/reply.hpp"
#include "smtpserver/core/session_options.hpp"
#include "smtpserver/core/tally.hpp"

namespace smtpserver {

namespace core {
class auth_exchange;
}

/// Whether a client may name the client for which it speaks (Postfix's XCLIENT), as a proxy does that this
/// server knows.
enum class xclient_use : std::uint8_t { refused, allowed };

/// The server's side of one SMTP or LMTP connection (RFC 5321, RFC 2033): bytes and the time go in, actions
/// come out. It has no socket, no clock and no memory of a message's bytes.
///
///     session one(options, facts, xclient_use::refused);
///     for (;;) std::visit(shell, one.next(now));     // shell reads, writes, asks, closes
///
/// It refuses by itself what RFC 5321 and its extensions demand of any server, and what exceeds the limits of
/// its options. A program that obeys its actions and answers its questions is a correct server.
class session {
public:
    /// The options are shared by all sessions of a server. `facts` say what is known of the connection,
    /// also whether it is in TLS from the beginning.
    session(std::shared_ptr<session_options const> options, connection facts, xclient_use xclient);
    session(session const&) = delete;
    ~session();

    /// Returns what to do next. While a question is unanswered or a handshake is under way, it must not be
    /// called.
    [[nodiscard]] any_action next(steady_time now);

    /// Takes input, also while output waits.
    void feed(std::string_view octets);
    /// Returns how many bytes it wants to be given at most.
    std::size_t room() const noexcept;
    /// Returns the bytes that are to be written.
    std::string_view output() const noexcept { return output_; }
    /// Tells that the first bytes of the output were written.
    void written(std::size_t octets);

    /// Answers the question that `next` has asked. A 3xx is an `internal_error`.
    void answer(reply given);
    /// Answers `ask_message` for each recipient, in their order: LMTP. In SMTP, which has one reply for all,
    /// the first that accepts is sent, or else the first. A recipient without an answer gets an
    /// `internal_error`.
    void answer_each(std::vector<reply> given);

    /// The handshake that `start_tls` wanted has succeeded; or one has before anything was said.
    void secured(tls_facts found);
    /// The time that `read` gave is over.
    void expired();
    /// The client has closed, or the connection is lost. No question may be open.
    void ended();
    /// The server stops: the session ends with 421 when no transaction is under way.
    void stop() noexcept { is_stopping_ = true; }

    connection const& facts() const noexcept { return facts_; }
    /// Returns the transaction under way.
    envelope const& transaction() const noexcept { return envelope_ ? *envelope_ : nobody_; }
    /// Returns whether a transaction is under way.
    bool is_in_transaction() const noexcept { return conversation_.is_in_transaction(); }

private:
    enum class phase : std::uint8_t { greeting, commands, auth, before_tls, tls, ending };
    enum class question : std::uint8_t {
        none,
        connect,
        hello,
        mail,
        rcpt,
        data,
        message,
        auth,
        vrfy,
        unknown
    };
    /// What to do next, or nothing: then it is looked for again.
    using step = std::optional<any_action>;

    step pending();
    step next_in_phase(steady_time now);
    step greet();
    step begin_tls();
    step next_of_auth(steady_time now);
    step next_of_conversation(steady_time now);
    step await(steady_time now);
    bool is_spoken_to_in_tls() const noexcept;

    step take(conversation::piece part);
    step take(conversation::end_of_chunk);
    step take(command what);
    step obey(command const& what);
    std::optional<reply> refusal_of(command const& what) const;
    std::optional<reply> policy_refusal(command const& what) const;
    std::optional<reply> auth_refusal() const;
    std::optional<reply> content_refusal() const;

    step hello(command const& what);
    step mail(command const& what);
    step rcpt(command const& what);
    step data(command const& what);
    step bdat(command const& what, std::optional<reply> refusal);
    step end_of_content(command const& what);
    step vrfy(command const& what);
    step unknown(command const& what);
    step auth(command const& what);
    step take_auth(reply const& said);
    step take_auth(credentials found);
    void xclient(command const& what);

    /// Keeps the command until the application answers. Returns what was kept, because an action may view it.
    command const& keep(question what, command const& open);
    step ask(question what, command const& open, any_action how);
    void settle(command const& what, reply const& given);
    void settle_hello(command const& what, reply const& given);
    void settle_auth(command const& what, reply const& given);
    void settle_message(std::vector<reply> const& given);
    void accept(command const& what, reply const& said);
    void refuse(command const& what, reply const& said);
    void deliver(core::tally::verdict how, std::string said);
    void say(reply const& said);
    void end_with(reply const& said, abandonment why);
    void abandon(abandonment why);
    std::size_t replies_to_message() const noexcept;
    reply_form form() const noexcept;
    std::string hello_text() const;
    bool offers_auth() const noexcept;
    bool offers_starttls() const noexcept;
    extensions in_force() const noexcept;

    std::shared_ptr<session_options const> options_;
    connection facts_;
    xclient_use xclient_;
    conversation conversation_;
    core::tally tally_;
    core::intake intake_;
    core::patience patience_;
    std::string output_;

    phase phase_ = phase::greeting;
    question asked_ = question::none;
    bool is_turned_away_ = false;  ///< by its greeting
    // What most connections have not got most of the time takes no memory then.
    std::unique_ptr<command> open_;  ///< whose answer, or whose next line, is awaited
    bool is_stopping_ = false;

    static envelope const nobody_;
    std::unique_ptr<envelope> envelope_;
    std::size_t envelope_octets_ = 0;            ///< that its recipients take
    std::unique_ptr<rcpt_arguments> candidate_;  ///< of which the application is asked
    std::unique_ptr<action::abandoned> abandoned_;
    std::unique_ptr<reply> chunk_refusal_;  ///< said when the chunk was thrown away
    std::size_t chunk_replies_ = 1;
    std::uint64_t chunk_size_ = 0;

    std::unique_ptr<core::auth_exchange> exchange_;
    std::unique_ptr<credentials> credentials_;
    std::string delayed_;  ///< what is said after a pause
    bool has_paused_ = false;
};

}  // namespace smtpserver
