#pragma once

#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "milterproto/core/mta/modification.hpp"
#include "milterproto/core/mta/mta_dialect.hpp"
#include "milterproto/core/mta/mta_frames.hpp"
#include "milterproto/core/mta/mta_macros.hpp"
#include "milterproto/core/wire/frame.hpp"
#include "milterproto/core/wire/protocol_table.hpp"
#include "milterproto/core/wire/reply_table.hpp"

namespace milterproto::core {

/// What became of a command.
enum class issued {
    awaits_answer,  ///< written; `next` will tell what the filter says
    unanswered,     ///< written, and no answer will come: the next command may follow at once
    withheld,       ///< this filter is not to get it: it declined it, does not know it, or has decided
    too_early,      ///< nothing was done: an answer is due first, or the negotiation
};

/// Write `output()` if there is any; else read, if `reply_due()`. What has come is not looked at until all
/// output was written.
struct need_io {};
/// The negotiation has succeeded.
struct filter_agreed {};
/// The answer to a command, or to a whole message's content.
struct filter_verdict {
    command to;  ///< for a content: the command at which the filter decided
    answer verdict;
    std::string_view reply;  ///< of reply_code: the text that the SMTP client is to read
};
/// The message is to be changed; more follows until the verdict. See `queued_message`.
struct filter_change {
    modification what;
};
/// The filter is at work.
struct filter_progress {
    command during;
};
/// The filter broke the protocol, was late or is gone. Nothing is written any more: close the socket.
/// Reported once.
struct filter_failed {
    boost::system::error_code why;
};
/// Views in them live until the next `input`.
using mta_event =
    std::variant<need_io, filter_agreed, filter_verdict, filter_change, filter_progress, filter_failed>;

namespace detail {

/// True for a temporary whose memory ends with it, such as a string that a function returned.
template <class Argument>
concept owns_and_ends = !std::is_lvalue_reference_v<Argument> && std::ranges::range<Argument> &&
                        !std::ranges::borrowed_range<Argument>;

}  // namespace detail

/// How long the filter may take.
struct reply_limit {
    std::chrono::seconds packet;                 ///< to the next packet, each time anew
    std::optional<std::chrono::seconds> in_all;  ///< from the command to its verdict
};

/// The MTA's side of one milter connection, sans-IO: SMTP commands in, bytes out; bytes in, outcomes out. It
/// owns no socket, clock or logger, and knows only what it is told of the SMTP client.
///
///     mta_session mta(postfix());
///     mta.begin();
///     // settle(): for (;;) {
///     //     auto event = mta.next();
///     //     need_io: if output() is not empty, write it and tell sent(n); else, if reply_due(), read into
///     //              input() and tell received(n) or fail(error); else return
///     //     else:    look at it
///     // }
///     mta.connect("client.example.org", family::ipv4, 4711, "192.0.2.1");  // settle() after each that
///     mta.helo("client.example.org");                                      // returned awaits_answer
///     mta.mail("<a@example.org>", {"SIZE=100"});
///     mta.rcpt("<b@example.org>");
///     mta.data();
///     mta.content(headers, body);
///     mta.quit();
///
/// Commands may be issued in any order, whatever the filter said: what the filter does not see in this
/// dialect is withheld, and macros and aborts are sent as the dialect sends them. Where the agreement says
/// that nothing is answered, a whole message can be written without reading.
///
/// It refuses what the dialect's MTA refuses, answers over `limits::filter_reply`, and answers that nobody
/// asked for. Each ends the connection with an `errc` of its own.
class mta_session {
public:
    using strings = std::span<std::string_view const>;

    explicit mta_session(mta_dialect const& as);

    // ---- what the MTA knows ----

    mta_macros& macros() noexcept { return macros_; }
    /// Sets the id of the message that begins; it is sent as `i` from the command on at which the dialect has
    /// an id.
    void queue_id(std::string_view id) { queue_id_ = id; }

    // ---- what happens in SMTP ----

    /// Opens the negotiation, with the dialect's offer or another.
    issued begin();
    issued begin(option_set const& offer);
    issued connect(std::string_view hostname, family kind, std::uint16_t port, std::string_view address);
    issued helo(std::string_view name);
    issued mail(std::string_view path, strings parameters = {});
    issued rcpt(std::string_view path, strings parameters = {});
    issued mail(std::string_view path, std::initializer_list<std::string_view> parameters) {
        return mail(path, strings(parameters.begin(), parameters.size()));
    }
    issued rcpt(std::string_view path, std::initializer_list<std::string_view> parameters) {
        return rcpt(path, strings(parameters.begin(), parameters.size()));
    }
    /// Shows a recipient that the MTA itself refused to a filter that wants to hear of it (RCPT_REJ).
    /// Whatever the filter says, the recipient stays refused.
    issued refused_rcpt(std::string_view path, strings parameters, std::string_view status,
                        std::string_view text);
    issued data();
    /// Sends all that follows DATA, and gets one outcome. What the views see must live until then.
    issued content(std::span<header_view const> headers, std::string_view body);
    template <class Headers, class Body>
        requires(detail::owns_and_ends<Headers> || detail::owns_and_ends<Body>)
    void content(Headers&&, Body&&) {
        static_assert(sizeof(Body) == 0,
                      "milterproto: a content is written after this call returns, from the caller's memory: "
                      "pass variables");
    }
    issued unknown(std::string_view line);
    /// Tells of RSET, or of a transaction that ended because of another verdict.
    issued reset();
    /// Tells of STARTTLS: the client greets anew over TLS after this.
    issued starttls();
    issued quit();
    /// Tells that the client left, and keeps the connection to the filter for another client, which connects
    /// next. No MTA is known to do so.
    issued quit_nc();
    /// Tells that the client went without QUIT.
    issued client_gone();

    // ---- the content in single steps ----

    issued header(std::string_view name, std::string_view value);
    issued end_of_headers();
    /// Sends the chunk as it is. More than the agreed size is the caller's error, which is treated as the
    /// dialect says.
    issued body(std::string_view chunk);
    /// Ends the message. A last piece of the body may come with it, although no known MTA sends one.
    issued end_of_message(std::string_view last_chunk = {});

    // ---- faults on purpose ----

    /// Writes the next command even if it is out of order or declined.
    mta_session& insist() noexcept {
        insists_ = true;
        return *this;
    }
    /// Writes any frame; the state does not change.
    void raw_frame(char letter, std::string_view payload);
    /// Writes any bytes.
    void raw(std::string_view bytes) { output_.append(bytes); }
    /// Awaits an answer to what was written raw, as if it were this command.
    void expect_answer(command to);
    /// Stops waiting for the answer that is due: it counts as "continue".
    void forgo_answer();

    // ---- bytes ----

    std::string_view output() const noexcept { return std::string_view(output_).substr(written_); }
    void sent(std::size_t count) noexcept;
    /// Returns room for bytes of the filter. Views of earlier events end here.
    std::span<char> input(std::size_t least = 16 * 1024) { return reader_.prepare(least); }
    void received(std::size_t count) noexcept { reader_.commit(count); }
    /// Tells that the connection has ended: by end of file (`errc::peer_gone`) or a time-out.
    void fail(boost::system::error_code why) noexcept;

    [[nodiscard]] mta_event next();

    // ---- where it stands ----

    bool reply_due() const noexcept { return awaited_ != nullptr; }
    /// Returns whether the socket is to be closed once `output()` is empty.
    bool over() const noexcept { return standing_ == standing::over; }
    bool negotiated() const noexcept { return standing_ > standing::offered; }
    /// Returns whether commands of this connection will still be shown to the filter.
    bool filtering() const noexcept { return standing_ == standing::ready; }
    /// Returns whether an abort would be sent if the transaction ended now.
    bool in_message() const noexcept;
    /// Returns the filter's verdict on the message under way, if it is final.
    std::optional<answer> decided() const noexcept { return message_.decided; }
    option_set const& agreed() const noexcept { return agreed_; }
    mta_dialect const& dialect() const noexcept { return dialect_; }
    bool mid_frame() const noexcept { return reader_.mid_frame(); }
    unsigned recipients() const noexcept { return message_.recipients; }

    // ---- time ----

    /// Returns how long the filter may take from now on, if an answer is due.
    std::optional<reply_limit> due() const noexcept;
    /// Tells the session the time; it fails if the filter is late.
    void at(mta_clock::time_point now) noexcept;
    /// Returns when the filter will be late, or nothing if no answer is due.
    std::optional<mta_clock::time_point> due_until() const noexcept;

private:
    enum class standing : std::uint8_t {
        fresh,
        offered,
        ready,
        parked,  ///< agreed, but nothing is shown any more; only QUIT follows
        over,
    };
    /// What the session knows of one message of this filter.
    struct message {
        bool open = false;    ///< the MTA has a sender
        bool joined = false;  ///< the filter agreed to the sender, or was shown the content
        bool body_skipped = false;
        message_stage stage = message_stage::none;
        std::optional<answer> decided;
        message_stage decided_at = message_stage::none;
        unsigned recipients = 0;  ///< accepted ones
    };
    /// A message's content that is written piece by piece, as answers and room allow.
    struct plan {
        bool running = false;
        std::span<header_view const> headers;
        body_cutter body;
    };
    enum class body_run : std::uint8_t { none, under_way, interrupted };
    /// Did the filter say "continue", or is it not asked?
    enum class consent { given, assumed };

    // writing
    bool is_busy() const noexcept;
    std::optional<issued> closed_gate(command what);
    bool is_in_order(command_traits const& traits) const noexcept;
    template <class Write>
    issued issue(command_traits const& traits, Write write);
    issued issue_strings(command what, std::initializer_list<std::string_view> texts);
    issued issue_path(command what, std::string_view path, strings parameters);
    issued issue_header(header_view field);
    void write_macros(command what);
    void await(command_traits const& traits) noexcept;
    void pump();
    void write_next_of_content();

    // what an answer means, or that there is none
    std::optional<mta_event> on_frame(frame const& came);
    std::optional<mta_event> on_agreement(frame const& came);
    std::optional<mta_event> on_modification(answer what, std::string_view payload);
    std::optional<mta_event> on_verdict(answer verdict, std::string_view payload);
    std::optional<mta_event> refuse(boost::system::error_code why) noexcept;
    void advance(command_traits const& traits, consent how);
    void settle_connection(command_traits const& traits, answer verdict);
    void settle_message(command_traits const& traits, answer verdict);
    void on_skip(command_traits const& traits);
    void greeting_over();
    void message_over();
    void forget_message() noexcept;
    void leave(order_rules::leaving how);

    bool is_declined(command_traits const& traits) const noexcept;
    bool is_answered(command_traits const& traits) const noexcept;
    std::size_t payload_limit() const noexcept;

    mta_dialect dialect_;
    frame_reader reader_;
    mta_macros macros_;
    std::string output_;
    std::size_t written_ = 0;              ///< bytes of output_ that the caller has written
    std::vector<std::string_view> words_;  ///< of the command under way; kept to reuse its memory
    std::string queue_id_;
    std::string reply_text_;  ///< of the last verdict

    option_set agreed_;
    standing standing_ = standing::fresh;
    message message_;
    plan plan_;
    command_traits const* awaited_ = nullptr;
    char silenced_ = '\0';  ///< Postfix: the command that was skipped, until another comes
    body_run body_run_ = body_run::none;
    bool spoiled_ = false;  ///< a new body came that was not agreed
    bool insists_ = false;
    bool insisted_ = false;  ///< on the command under way
    bool past_connect_ = false;
    bool greeted_ = false;
    bool refused_recipient_ = false;  ///< the one under way was refused by the MTA
    boost::system::error_code failed_;
    bool failure_told_ = false;

    mta_clock::time_point now_{};
    mta_clock::time_point packet_since_{};
    mta_clock::time_point command_since_{};
};

}  // namespace milterproto::core
