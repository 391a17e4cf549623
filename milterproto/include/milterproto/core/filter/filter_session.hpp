#pragma once

#include <boost/system/error_code.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "milterproto/core/filter/edits.hpp"
#include "milterproto/core/filter/event.hpp"
#include "milterproto/core/filter/macros.hpp"
#include "milterproto/core/wire/frame.hpp"
#include "milterproto/core/wire/negotiation.hpp"
#include "milterproto/core/wire/protocol_table.hpp"

namespace milterproto::core {

/// Send `output()`, then read more.
struct need_input {};
/// The MTA has sent so much at once that others would wait: send `output()`, let them have their turn, and go
/// on with `next`.
struct turn_over {};
/// libmilter: xxfi_negotiate. Only for a filter that decides the negotiation itself: it changes `what`, then
/// answers with proceed, or reject to end the connection without a word.
struct negotiate_event {
    negotiation* what;
};
/// libmilter: xxfi_abort. The message ended before the filter had finished with it. Not answered.
struct abort_event {};
/// libmilter: xxfi_close. Comes once for each SMTP connection, whatever happened. Not answered.
struct close_event {
    boost::system::error_code cause;  ///< empty if the MTA ended it
};
/// Nothing follows: send `output()`, which answers what came before the end, and close the socket.
struct finished {};

using filter_event = std::variant<need_input, turn_over, negotiate_event, connect_event, helo_event,
                                  mail_event, rcpt_event, data_event, header_event, eoh_event, body_event,
                                  eom_event, unknown_event, abort_event, close_event, finished>;

/// What became of an answer.
enum class answered {
    sent,
    suppressed,  ///< the stage is not answered by agreement: a verdict has no effect there
    converted,   ///< not legal at this stage: "continue" was sent instead
    refused,     ///< not a verdict at all: the connection ends
};

/// Where the wishes come from: they are fixed, or the filter decides when it knows the offer.
enum class negotiated_by : std::uint8_t { wishes, filter };

/// The filter's side of one milter connection, sans-IO: bytes in, events out; verdicts in, bytes out. It owns
/// no socket, clock or logger.
///
///     for (;;) {
///         auto event = session.next();
///         // need_input: write output(), read into input(), received(n) or fail(error)
///         // turn_over:  write output(), wait until it is taken, let other connections go on
///         // finished:   write output(), close
///         // else:       call the filter; answer() unless it is abort or close
///     }
///
/// It refuses: frames over the agreed size, unknown commands, unreadable payloads, commands before
/// negotiation, a second connect, headers after the body began. Each ends the connection: abort if a message
/// is open, then close, then finished. Every command that expects an answer gets one, also after the filter
/// has decided the message.
class filter_session {
public:
    /// All connections of a filter share the wishes.
    explicit filter_session(std::shared_ptr<filter_wishes const> wishes,
                            std::size_t payload_limit = limits::payload,
                            negotiated_by who = negotiated_by::wishes);
    explicit filter_session(filter_wishes wishes, std::size_t payload_limit = limits::payload,
                            negotiated_by who = negotiated_by::wishes);

    /// Returns room for bytes of the MTA. Views of earlier events end here.
    std::span<char> input(std::size_t least = 16 * 1024) { return reader_.prepare(least); }
    /// Returns the room that is there without moving anything: views stay valid. May be empty.
    std::span<char> input_ahead() const noexcept { return reader_.spare(); }
    void received(std::size_t count) noexcept { reader_.commit(count); }
    /// Returns whether a command has come, after the one that the filter is at, that ends the message or the
    /// connection.
    bool sees_end() noexcept;
    /// Tells that the connection has ended: by end of file (`errc::peer_gone`), a time-out or a stop.
    void fail(boost::system::error_code why) noexcept;

    [[nodiscard]] filter_event next();

    /// Answers the event that `next` returned last. `reply` is the text of answer::reply_code, as
    /// smtp_reply::wire() makes it.
    answered answer(core::answer verdict, std::string_view reply = {});

    /// Returns the edits of the filter; they are legal while it is asked for its verdict at the end of the
    /// message.
    edits& changes() noexcept { return edits_; }

    /// Returns the bytes that wait for the MTA; `sent` removes them.
    std::string_view output() const noexcept { return std::string_view(output_).substr(written_); }
    void sent() noexcept { sent(output().size()); }
    void sent(std::size_t count) noexcept {
        written_ += count;
        if (written_ != output_.size()) return;
        output_.clear();
        written_ = 0;
    }

    /// Returns whether the MTA waits for a verdict on the command under way.
    bool owes_verdict() const noexcept;

    bool negotiated() const noexcept { return negotiated_; }
    /// Returns whether bytes of an unfinished frame wait.
    bool mid_frame() const noexcept { return reader_.mid_frame(); }
    /// Returns how many frames were read so far, which tells a slow frame from a long stream of frames.
    std::uint64_t frames() const noexcept { return frames_; }
    agreement const& agreed() const noexcept { return agreed_; }
    /// Returns what the filter wishes, with what it said when it decided the negotiation itself.
    filter_wishes const& wishes() const noexcept { return *wishes_; }
    macro_store const& macros() const noexcept { return macros_; }
    /// Returns whether a message is open that the filter has not decided.
    bool in_message() const noexcept { return stage_ != message_stage::none && !decided_; }
    /// Returns whether replies to the message under way may have letters beyond ASCII (RFC 6531). Only known
    /// if MAIL is shown.
    bool is_smtputf8() const noexcept { return smtputf8_; }
    /// For passing on the memory that bytes are read into while nothing is read. `adopt` and `release` end
    /// views.
    std::size_t buffer_size() const noexcept { return reader_.buffer_size(); }
    std::size_t waiting() const noexcept { return reader_.waiting(); }
    /// Returns the bytes that wait. Before the first frame they are all that came.
    std::string_view unread() const noexcept { return reader_.unread(); }
    std::size_t missing() const noexcept { return reader_.missing(); }
    byte_buffer adopt(byte_buffer other) noexcept { return reader_.adopt(std::move(other)); }
    byte_buffer release();
    /// Gives memory back. To be called when the connection has been idle for a while.
    void shrink();

private:
    /// How the connection ends, if it does.
    enum class ending : std::uint8_t { none, quit, quit_nc, failure };

    /// What was done since bytes were needed last, or others had their turn.
    struct turn {
        std::size_t commands = 0;
        std::size_t events = 0;
    };

    bool has_had_its_turn() const noexcept;
    std::optional<filter_event> dispatch();
    std::optional<filter_event> on_connection_command(command_traits const& traits);
    std::optional<filter_event> on_message_command(command_traits const& traits);
    std::optional<filter_event> on_end_of_message(command_traits const& traits);
    std::optional<filter_event> on_abort();
    std::optional<filter_event> on_ending();
    std::optional<filter_event> on_negotiate();
    void agree(option_set const& offer);
    std::optional<filter_event> ask(command_traits const& traits);
    std::optional<filter_event> turn_away(command_traits const& traits, errc why);
    result<filter_event> decode(command_traits const& traits);
    void answer_unasked(command_traits const& traits, core::answer verdict);
    answered answer_negotiation(core::answer verdict);
    void settle(command_traits const& traits, core::answer verdict) noexcept;
    bool is_wanted(command_traits const& traits) const noexcept;
    bool is_answered(command_traits const& traits) const noexcept;
    void message_over() noexcept;
    void forget_scratch();

    std::shared_ptr<filter_wishes const> wishes_;  ///< never null
    frame_reader reader_;
    macro_store macros_;
    agreement agreed_;
    std::string output_;
    std::size_t written_ = 0;  ///< bytes of it that were sent
    edits edits_;
    std::unique_ptr<negotiation> negotiation_;  ///< while the filter decides it
    negotiated_by who_;
    std::vector<std::string_view> strings_;  ///< of the mail or rcpt event under way

    std::uint64_t frames_ = 0;
    turn turn_;
    std::optional<frame> held_;              ///< the command under way
    command_traits const* asked_ = nullptr;  ///< the command whose event waits for an answer
    boost::system::error_code failed_;
    ending ending_ = ending::none;

    message_stage stage_ = message_stage::none;  ///< how far the message has come
    std::size_t recipients_ = 0;                 ///< bytes that those of the message take
    std::optional<core::answer> decided_;        ///< the filter's final verdict on it
    bool smtputf8_ = false;                      ///< its MAIL said SMTPUTF8
    bool skipping_body_ = false;
    bool last_chunk_shown_ = false;  ///< the body that an end of message carried
    bool accepted_connection_ = false;
    bool negotiated_ = false;
    bool past_connect_ = false;  ///< connect or a later command came, and no quit_nc since
    bool open_ = true;           ///< the close event has not been shown yet
};

}  // namespace milterproto::core
