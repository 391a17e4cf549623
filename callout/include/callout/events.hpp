#pragma once

#include <boost/system/error_code.hpp>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "callout/capabilities.hpp"
#include "callout/command.hpp"
#include "callout/doors/resolver.hpp"
#include "callout/doors/stream.hpp"
#include "callout/fence.hpp"
#include "callout/reply.hpp"
#include "callout/stage.hpp"
#include "callout/verification.hpp"

/// What happens in a callout, in the order of the protocol (smtp-engine.md A.5): the events of an SMTP
/// client, as far as one that never submits can raise them, and what the engine does besides. Views and
/// references are valid during the call only.
///
/// - `disconnected` comes once for each `connected`, whatever the cause.
/// - A `cache_looked_up` that answers all, or `joined`, ends the events early; otherwise `session_done` is
///   last and comes once, also when the asker leaves or is cancelled.
///
/// This holds for the observer of one request. The observer of the whole engine is told the end of every
/// question (engine_observer.hpp).
///
/// An observer may decide an event with a `decision` otherwise than `proposed`: see `decides` below.
namespace callout::event {

// what the engine does without the network, and about it

struct cache_looked_up {
    static constexpr std::string_view name = "cache_looked_up";
    std::string_view layer;  ///< "memory", "shared", "store"
    std::string_view about;  ///< "address", "domain"
    bool hit;
    verification const* found;  ///< null on a miss
};
struct joined {  ///< another asker of the same address is under way: this one waits for its answer
    static constexpr std::string_view name = "joined";
    std::uint64_t number;  ///< of the other asker's question (engine_observer.hpp)
};
struct dns_answered {
    static constexpr std::string_view name = "dns_answered";
    std::string_view question;
    record_type type;
    dns_answer const& answer;
};
struct address_checked {  ///< by the fence
    static constexpr std::string_view name = "address_checked";
    std::string_view host;
    ip_address address;
    fence_verdict const& verdict;
};
/// A candidate that is not tried, and why. What a zone holds beyond 20 of them is told once, as "3980 more".
struct left_out {
    static constexpr std::string_view name = "left_out";
    std::string_view host;
    std::string_view why;
};

// the way to a peer

struct resolved {  ///< a host that will be asked, or the null MX, which has no address
    static constexpr std::string_view name = "resolved";
    std::string_view host;
    std::vector<ip_address> const& addresses;  ///< in the order of trying
    std::uint16_t preference;
    bool null_mx;
    std::chrono::seconds ttl;
};
struct connecting {
    static constexpr std::string_view name = "connecting";
    std::string_view host;
    endpoint to;
    unsigned attempt;  ///< how many connections to this address there have been for this question, from 1
};
struct connect_failed {
    static constexpr std::string_view name = "connect_failed";
    std::string_view host;
    endpoint to;
    boost::system::error_code error;
    std::chrono::milliseconds took;
};
struct connected {
    static constexpr std::string_view name = "connected";
    std::string_view host;
    endpoint local, to;
    std::chrono::milliseconds took;
    bool reused;  ///< a session that an earlier question left open
};
struct next_address {  ///< the last address gave no answer that settles the question
    static constexpr std::string_view name = "next_address";
    enum class decision { go_on, quit };
    std::string_view host;
    endpoint from, to;
    reason why;
    decision proposed = decision::go_on;
};

// the wire

struct sent {
    static constexpr std::string_view name = "sent";
    std::string_view command;  ///< without line end
};
struct received {
    static constexpr std::string_view name = "received";
    core::reply const& reply;
};
struct reply_failed {  ///< no reply could be read: garbage, too long, closed, out of time
    static constexpr std::string_view name = "reply_failed";
    boost::system::error_code error;
};

// the session

struct greeted {
    static constexpr std::string_view name = "greeted";
    core::reply const& reply;
    bool esmtp;  ///< the word stands in the text
};
struct hello_done {
    static constexpr std::string_view name = "hello_done";
    core::reply const& reply;
    core::verb by;  ///< EHLO, HELO or LHLO
    bool after_tls;
    core::capabilities const& offered;
};
struct extension_missing {  ///< the callout cannot do without it: the host is left
    static constexpr std::string_view name = "extension_missing";
    std::string_view keyword;  ///< "STARTTLS", "SMTPUTF8"
};
struct tls_starting {
    static constexpr std::string_view name = "tls_starting";
    std::string_view server_name;
};
struct certificate_verdict {  ///< comes when there are problems
    static constexpr std::string_view name = "certificate_verdict";
    enum class decision { accept, refuse };
    tls_session const& session;
    decision proposed = decision::accept;
};
struct tls_up {
    static constexpr std::string_view name = "tls_up";
    tls_session const& session;
};
struct tls_failed {
    static constexpr std::string_view name = "tls_failed";
    enum class stage { command, handshake, verify };
    using decision = after_tls_failure;
    stage where;
    core::reply const* reply;  ///< to the command
    boost::system::error_code error;
    decision proposed;
};
struct mail_status {
    static constexpr std::string_view name = "mail_status";
    std::string_view sender;  ///< empty is `<>`
    core::reply const& reply;
};
struct rcpt_status {
    static constexpr std::string_view name = "rcpt_status";
    using probe = core::probe;
    std::string_view recipient;
    probe whom;
    core::reply const& reply;
    std::size_t pending;  ///< replies that are still to come
};
struct syntax_warning {
    static constexpr std::string_view name = "syntax_warning";
    enum class decision { go_on, quit };
    core::reply_oddity kinds;
    std::string_view command;  ///< "nothing" is the greeting
    core::reply const& reply;
    decision proposed = decision::go_on;
};
struct protocol_error {  ///< the connection is lost
    static constexpr std::string_view name = "protocol_error";
    boost::system::error_code error;
    std::string_view command;
    std::string_view raw;  ///< what could not be read, at most 128 bytes, cleaned
};
struct server_closing {  ///< 421, 521
    static constexpr std::string_view name = "server_closing";
    core::reply const& reply;
    std::string_view command;
};
struct disconnected {
    static constexpr std::string_view name = "disconnected";
    enum class cause {
        quit,        ///< we said QUIT
        kept,        ///< still open, for the next question
        server_421,  ///< it said that it would
        eof,         ///< it hung up
        timed_out,
        tls,
        protocol,  ///< it broke the protocol, and was left without a word
        decision,
        cancelled,  ///< the engine stops, or the observer threw
        left,       ///< the asker did not wait; the connection goes on without it
    };
    cause why;
    core::stage during;             ///< what the callout waited for last
    std::string_view last_command;  ///< "nothing" before the first
    std::uint64_t bytes_in, bytes_out;
};
struct session_done {
    static constexpr std::string_view name = "session_done";
    verification const& verdict;
};

}  // namespace callout::event

namespace callout {

/// A client that does more than callouts appends its events here, and their decisions work as these do.
using any_event =
    std::variant<event::cache_looked_up, event::joined, event::dns_answered, event::address_checked,
                 event::left_out, event::resolved, event::connecting, event::connect_failed, event::connected,
                 event::next_address, event::sent, event::received, event::reply_failed, event::greeted,
                 event::hello_done, event::extension_missing, event::tls_starting, event::certificate_verdict,
                 event::tls_up, event::tls_failed, event::mail_status, event::rcpt_status,
                 event::syntax_warning, event::protocol_error, event::server_closing, event::disconnected,
                 event::session_done>;

inline std::string_view name_of(any_event const& what) {
    return std::visit([](auto const& one) { return std::remove_cvref_t<decltype(one)>::name; }, what);
}

/// Gets every event, on the engine's executor, with the time at which it happened; the next step waits until
/// `on` returns. An observer that throws ends the session as cancelled, and only gets the events of its end.
class observer {
public:
    virtual ~observer() = default;
    virtual void on(any_event const& what, steady_time when) = 0;
};

template <class Event>
concept decidable = requires(Event const& e) {
    { e.proposed } -> std::convertible_to<typename Event::decision>;
};

/// Lets an observer decide: one that is also a `decides<X>` is asked for the decision of each X, after `on`
/// got it:
///
///     class strict : public observer, public decides<event::certificate_verdict> { ... };
template <decidable Event>
class decides {
public:
    virtual ~decides() = default;
    virtual typename Event::decision decide(Event const& e) = 0;
};

}  // namespace callout
