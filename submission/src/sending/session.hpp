#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "callout/doors/random.hpp"
#include "callout/doors/tls.hpp"
#include "callout/reply.hpp"
#include "sending/notifier.hpp"
#include "sending/offers.hpp"
#include "sending/opening.hpp"
#include "sending/sasl.hpp"
#include "sending/transaction.hpp"
#include "submission/batch.hpp"
#include "submission/session_options.hpp"

namespace submission::sending {

/// What the shell does next.
class action {
public:
    enum class kind {
        write,      ///< `output`, then `written`
        read,       ///< `feed`, or `lost`
        start_tls,  ///< `secured`
        measure,    ///< the content of `message`: `measured`
        fill,       ///< with the next piece of that content: `filled`, `content_ended`, `content_failed`
        done,
    };
    action(kind what_, phase during_, std::uint64_t number_, std::size_t message_)
        : what(what_), during(during_), number(number_), message(message_) {}

    kind what;
    phase during;          ///< which time covers it
    std::uint64_t number;  ///< of what is waited for: as long as it is the same, its time goes on
    std::size_t message;
};

/// The client's side of one connection, over which a batch is sent. Sans-IO: bytes and results in, actions
/// out; what happens is told to the notifier on the way, and the results stand in the batch.
///
///     greeting -> EHLO or HELO -> [STARTTLS, EHLO] -> [AUTH] -> [ETRN ...] -> messages -> QUIT
///     a message:  MAIL -> RCPT ... -> DATA -> content -> end of data, or BDAT ...; RSET where it failed
///
/// With PIPELINING commands go out without waiting, but never so many that the server could stop reading
/// until its replies are read: both their number and their bytes are bounded (RFC 2920 3.1).
class session {
public:
    /// All are borrowed but `begin` and `host`, which is the name that the certificate should have.
    session(batch& what, session_options const& how, opening begin, std::string host, notifier const& tell,
            callout::random& chance);

    void start();
    action next();

    std::string_view output() const noexcept { return output_; }
    void written();
    void feed(std::string_view bytes);
    /// The connection was lost, or the time of a phase is over; nothing can be sent any more.
    void lost(boost::system::error_code why);
    callout::tls_wish wish() const { return {host_, how_.least_tls}; }
    /// Returns whether bytes came after the 220 of STARTTLS, in clear.
    bool has_leftover() const noexcept { return reader_.has_leftover(); }
    void secured(callout::result<callout::tls_session> const& handshake);
    /// No size is one that is not known.
    void measured(std::optional<std::uint64_t> size);
    void filled(std::string_view piece);
    void content_ended();
    void content_failed();
    void cancel();

    /// Returns how it ended, after `done`.
    ending const& outcome() const noexcept { return ending_; }
    phase during() const noexcept;
    std::string const& last_command() const noexcept { return last_command_; }

private:
    class expectation {
    public:
        explicit expectation(phase w, std::size_t i = 0, std::string l = "nothing")
            : where(w), index(i), line(std::move(l)) {}
        phase where;
        std::size_t index;
        std::string line;
    };
    enum class state { waiting, handshake, measuring, filling, ended };
    using reply = callout::core::reply;

    // replies
    void read_replies();
    void on_reply(reply const& r);
    bool is_refused_for_syntax(expectation const& asked, reply const& r);
    void note_status(expectation const& asked, reply const& r);
    void proceed(expectation const& asked, reply const& r);
    void out_of_turn();

    // from the greeting to the first message: session_opening.cpp
    void on_greeting(reply const& r);
    void on_hello(expectation const& asked, reply const& r);
    void greet(bool by_helo);
    void after_hello();
    void on_starttls(reply const& r);
    void begin_tls();
    bool accepts_files();
    void tls_failed(event::tls_failed::stage where, reply const* r, boost::system::error_code why,
                    errc meaning);
    void on_certificate(callout::tls_session const& found);
    void begin_auth();
    bool try_mechanism();
    void on_auth(reply const& r);
    void auth_ended(reply const& r, bool ok);
    void check_extensions();
    bool misses(std::string_view keyword, std::optional<std::size_t> who, bool is_fatal,
                event::extension_missing::decision proposed);
    bool misses_for_message(need const& what);
    std::string make_nonce();

    // messages: session_messages.cpp
    void advance();
    void begin_message();
    void begin_transaction();
    void pump();
    void say_mail();
    void say_rcpt();
    void say_data();
    void on_mail(reply const& r);
    void on_rcpt(expectation const& asked, reply const& r);
    void on_data(reply const& r);
    void note_recipient(std::size_t index, reply const& r);
    void recipients_answered();
    void abandon(message_stage stage, boost::system::error_code why, reply const* r);
    void after_abandoned();
    std::optional<std::int64_t> adjusted_time();
    std::size_t recipient_limit() const;
    bool is_pipelining() const;
    bool has_room() const;
    bool may_add_data() const;
    event::transfer transfer() const;

    // content: session_content.cpp
    void begin_content();
    void take_prepared(bool is_last);
    void send_chunk(bool is_last);
    void on_bdat(reply const& r);
    void on_end_of_data(reply const& r);
    void decide(message_stage stage, reply const& r);
    void conclude(message_stage stage, boost::system::error_code why, reply const* r);
    void finish_message(message_stage stage, boost::system::error_code why, reply const* r);
    void conclude_unsent(errc why);
    void interrupt(boost::system::error_code why, reply const* r);
    void settle_unknown();
    bool is_early_verdict(reply const& r) const;
    void take_early_verdict(reply const& r);
    message_stage stage_now() const;

    // ends
    void say(phase where, std::string line, std::size_t index = 0);
    void say_secret(phase where, std::string const& line, std::string shown);
    void leave(boost::system::error_code why, afterwards then = afterwards::stop);
    void drop(boost::system::error_code why, event::disconnected::cause cause,
              afterwards then = afterwards::stop);
    void fail(boost::system::error_code why);
    afterwards elsewhere() const noexcept { return began_ ? afterwards::stop : afterwards::next_address; }
    message& current() { return what_.messages[transaction_->message]; }

    batch& what_;
    session_options const& how_;
    opening begin_;
    std::string host_;
    notifier const& tell_;
    callout::random& chance_;

    state state_ = state::waiting;
    callout::core::reply_reader reader_;
    std::deque<expectation> outstanding_;
    std::size_t unwritten_ = 0;  ///< how many of them stand in `output_`
    std::size_t under_way_ = 0;  ///< bytes of the commands that are outstanding
    std::uint64_t number_ = 0;   ///< of replies, handshakes and pieces
    std::string output_;
    std::string last_command_ = "nothing";

    offers server_;
    bool is_secure_ = false;
    bool by_ehlo_ = false;
    bool closing_ = false;  ///< the last reply was 421
    bool leaving_ = false;  ///< QUIT was said
    bool began_ = false;    ///< something of the batch was said
    bool quits_ = false;    ///< as soon as the message is decided
    bool needs_reset_ = false;
    std::unique_ptr<sasl> auth_;
    bool gave_up_auth_ = false;  ///< we cancelled the exchange
    std::size_t next_mechanism_ = 0;
    std::size_t next_etrn_ = 0;
    std::size_t next_message_ = 0;
    std::optional<transaction> transaction_;
    std::string prepared_;
    ending ending_;
};

}  // namespace submission::sending
