#pragma once

#include <boost/system/error_code.hpp>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "callout/events.hpp"
#include "submission/batch.hpp"
#include "submission/phase.hpp"

/// What happens while mail is sent, in the order of the protocol (smtp-engine.md A.5). The model is that of
/// callout/events.hpp, and so are the events of the connection. Views and references are valid during the
/// call only.
///
/// - `rcpt_status` of a message comes before any `message_progress` of it.
/// - `message_result` comes once for each message that was begun, or that could not be.
/// - `disconnected` comes once for each `connected`, and `session_done` once, last.
namespace submission::event {

using callout::event::certificate_verdict;
using callout::event::connect_failed;
using callout::event::connected;
using callout::event::connecting;
using callout::event::greeted;
using callout::event::hello_done;
using callout::event::protocol_error;
using callout::event::received;
using callout::event::resolved;
using callout::event::sent;  ///< a secret is left out
using callout::event::server_closing;
using callout::event::syntax_warning;
using callout::event::tls_failed;
using callout::event::tls_starting;
using callout::event::tls_up;

struct next_address {  ///< the last address took nothing
    static constexpr std::string_view name = "next_address";
    enum class decision { go_on, quit };
    callout::endpoint from, to;
    boost::system::error_code why;
    decision proposed = decision::go_on;
};
/// The server does not offer what something in the batch asks for.
struct extension_missing {
    static constexpr std::string_view name = "extension_missing";
    enum class decision { go_on, quit };
    std::string_view keyword;            ///< "DSN", "CHUNKING", "STARTTLS", "AUTH"
    std::optional<std::size_t> message;  ///< the first that needs it
    bool fatal;                          ///< such messages are not sent, whatever is decided; others are
    decision proposed = decision::go_on;
};
/// A file for TLS cannot be used. Without it TLS goes on only if that is decided.
struct client_certificate_problem {
    static constexpr std::string_view name = "client_certificate_problem";
    enum class decision { go_on, quit };
    callout::tls_file_problem kind;
    std::string_view text;
    decision proposed = decision::quit;
};
struct auth_done {
    static constexpr std::string_view name = "auth_done";
    enum class decision {
        next_mechanism,  ///< quit if there is none
        go_on,           ///< without authentication
        quit,
    };
    std::string_view mechanism;
    submission::reply const& reply;
    bool ok;  ///< false also if the server could not prove that it knows the password, whatever its reply
    decision proposed;
};
struct etrn_status {
    static constexpr std::string_view name = "etrn_status";
    std::size_t node;  ///< its index
    char option;
    std::string_view domain;
    submission::reply const& reply;
};
struct deliver_by_too_early {
    static constexpr std::string_view name = "deliver_by_too_early";
    class decision {
    public:
        static constexpr decision send_as_is() { return decision(0); }
        /// Asks for the server's minimum and so many seconds more.
        static constexpr decision adjust(std::int64_t seconds) { return decision(seconds); }
        static constexpr decision skip_message() { return decision(-1); }
        bool skips() const noexcept { return seconds_ < 0; }
        std::int64_t seconds() const noexcept { return seconds_; }

    private:
        constexpr explicit decision(std::int64_t seconds) : seconds_(seconds) {}
        std::int64_t seconds_;
    };
    std::size_t message;
    std::int64_t requested, minimum;  ///< seconds
    late_mail mode;
    decision proposed = decision::send_as_is();
};
struct mail_status {
    static constexpr std::string_view name = "mail_status";
    std::size_t message;
    std::string_view sender;  ///< empty is `<>`
    submission::reply const& reply;
};
struct rcpt_status {
    static constexpr std::string_view name = "rcpt_status";
    std::size_t message, recipient;
    std::string_view address;
    submission::reply const& reply;
    bool complete;        ///< refused for good
    std::size_t pending;  ///< replies that are still to come
};
enum class transfer : std::uint8_t { data, bdat };
struct data_ready {  ///< all recipients of a transaction have been answered
    static constexpr std::string_view name = "data_ready";
    enum class decision {
        go_on,  ///< `abort` all the same if nobody was accepted
        abort,
    };
    std::size_t message;
    std::size_t accepted, refused;
    transfer by;
    decision proposed;
};
struct message_progress {
    static constexpr std::string_view name = "message_progress";
    std::size_t message;
    std::uint64_t octets, total;      ///< of this piece, and so far; with CR LF and without stuffed dots
    std::optional<std::uint64_t> of;  ///< the size, if it is known
};
struct message_result {
    static constexpr std::string_view name = "message_result";
    std::size_t message;
    message_stage stage;
    submission::reply const* reply;  ///< the one that decided; null if none did
    boost::system::error_code error;
};
struct disconnected {
    static constexpr std::string_view name = "disconnected";
    enum class cause : std::uint8_t {
        quit,
        server_closing,  ///< 421
        eof,
        timed_out,
        tls,
        protocol,  ///< the server broke the protocol, and was left without a word
        decision,
        cancelled,  ///< or the observer threw
    };
    cause why;
    phase during;
    std::string_view last_command;
    std::uint64_t bytes_in, bytes_out;
};
struct session_done {
    static constexpr std::string_view name = "session_done";
    submission::batch const& batch;
    boost::system::error_code error;
};

}  // namespace submission::event

namespace submission {

using any_event =
    std::variant<event::resolved, event::connecting, event::connect_failed, event::connected,
                 event::next_address, event::sent, event::received, event::greeted, event::hello_done,
                 event::extension_missing, event::client_certificate_problem, event::tls_starting,
                 event::certificate_verdict, event::tls_up, event::tls_failed, event::auth_done,
                 event::etrn_status, event::deliver_by_too_early, event::mail_status, event::rcpt_status,
                 event::data_ready, event::message_progress, event::message_result, event::syntax_warning,
                 event::protocol_error, event::server_closing, event::disconnected, event::session_done>;

inline std::string_view name_of(any_event const& what) {
    return std::visit([](auto const& one) { return std::remove_cvref_t<decltype(one)>::name; }, what);
}

/// Gets every event, on the client's executor; the next step waits until `on` returns. An observer that
/// throws ends the session as cancelled. One that is also a `decides<X>` is asked for the decision of each X.
class observer {
public:
    virtual ~observer() = default;
    virtual void on(any_event const& what, callout::steady_time when) = 0;
};
using callout::decides;

namespace detail {

template <class... Functions>
struct overloaded : Functions... {
    using Functions::operator()...;
};

/// The last base of a chain that has a `decide` for each event with a decision.
template <class Functions, class... Events>
class answers;
template <class Functions>
class answers<Functions> {
protected:
    explicit answers(Functions all) : all_(std::move(all)) {}
    Functions all_;
};
template <class Functions, class Event, class... Rest>
class answers<Functions, Event, Rest...> : public answers<Functions, Rest...>, public decides<Event> {
    using next = answers<Functions, Rest...>;

public:
    typename Event::decision decide(Event const& e) override {
        if constexpr (std::is_invocable_r_v<typename Event::decision, Functions&, Event const&>)
            return next::all_(e);
        else
            return e.proposed;
    }

protected:
    using next::next;
};

}  // namespace detail

/// An observer made of plain functions. Each takes one event, or `auto const&` for all that no other takes.
/// One that returns its event's decision decides:
///
///     submission::listener watching(
///         [](event::rcpt_status const& e) { std::cout << e.address << ' ' << e.reply.first_line() << '\n';
///         },
///         [](event::certificate_verdict const&) { return event::certificate_verdict::decision::accept; });
template <class... Functions>
class listener final
    : public observer,
      public detail::answers<detail::overloaded<Functions...>, event::next_address, event::extension_missing,
                             event::client_certificate_problem, event::certificate_verdict, event::tls_failed,
                             event::auth_done, event::deliver_by_too_early, event::data_ready,
                             event::syntax_warning> {
    using functions = detail::overloaded<Functions...>;

public:
    explicit listener(Functions... all) : listener::answers(functions{std::move(all)...}) {}

    void on(any_event const& what, callout::steady_time) override {
        std::visit([this](auto const& one) { hear(one); }, what);
    }

private:
    /// One that decides is called when it is asked, and not a second time here.
    template <class Event>
    void hear(Event const& e) {
        if constexpr (std::is_invocable_v<functions&, Event const&>)
            if constexpr (std::is_void_v<std::invoke_result_t<functions&, Event const&>>) this->all_(e);
    }
};

}  // namespace submission
