#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "callout/doors/clock.hpp"
#include "callout/reply.hpp"
#include "callout/stage.hpp"

namespace callout {

/// The four answers of smtp-callout.md 1.2.
enum class status { pass, fail, transient, error };

/// Why; one value for each cause in smtp-callout.md 3.9, by the names that it has there.
enum class reason {
    // pass
    accepted,
    forwarded,
    unverified,
    via_backup,
    // fail, by a reply
    no_mailbox,
    disabled,
    not_local,
    relay_denied,
    null_refused,
    no_postmaster,
    // fail, by fact
    null_mx,
    no_domain,
    bad_domain,
    mx_unresolvable,
    no_service,
    // transient
    greylisted,
    mailbox_full,
    user_rate,
    unverified_yet,
    busy,
    resources,
    temporary,
    closed,
    timeout,
    in_progress,
    refused,
    unreachable,
    dns,
    overloaded,
    // error that is about us
    blocked,
    policy,
    helo,
    sender_refused,
    auth_required,
    tls_required,
    tls_policy,
    mutual_callout,
    // every other error
    protocol,
    bad_request,
    literal_refused,
    smtputf8_unsupported,
    forbidden_target,
    self,
    local,
};

/// What the answer is about; `self` is us.
enum class scope { address, domain, host, self };
/// A weak pass may be a host that takes everything; a weak fail refuses nobody.
enum class strength { strong, weak };
enum class known { no, yes, unknown };
enum class freshness { live, cached };
/// For what a cached answer is remembered, and so for which questions it answers.
enum class kept_for { nothing, address, domain, host };

std::string_view to_string(status) noexcept;
std::string_view to_string(reason) noexcept;
std::string_view to_string(scope) noexcept;
std::string_view to_string(strength) noexcept;
std::string_view to_string(known) noexcept;
std::string_view to_string(kept_for) noexcept;

/// Returns the value with that text, for records that come from outside.
std::optional<status> status_from(std::string_view text) noexcept;
std::optional<reason> reason_from(std::string_view text) noexcept;
std::optional<scope> scope_from(std::string_view text) noexcept;
std::optional<strength> strength_from(std::string_view text) noexcept;
std::optional<known> known_from(std::string_view text) noexcept;

/// GNU Mailfromd's last_poll_* of the last server that was asked; a single line each. On a cache hit it keeps
/// its initial values, because no server was asked.
class poll {
public:
    poll() {}
    std::string host;                  ///< "mx1.example.org [192.0.2.10]"
    std::string greeting;              ///< first line of the banner
    std::string helo;                  ///< first line of the EHLO or HELO reply
    std::string sent = "nothing";      ///< the command that `received` answers
    std::string received = "nothing";  ///< first line of the last reply
};

/// What is known about an address after a callout. There is always an answer; a failure is a status with a
/// reason.
class verification {
public:
    verification() {}
    verification(callout::status s, callout::reason r) : status(s), reason(r) {}

    callout::status status = callout::status::transient;
    callout::reason reason = callout::reason::in_progress;
    callout::scope scope = callout::scope::address;
    callout::strength strength = callout::strength::strong;
    known exists = known::unknown;
    known catch_all = known::unknown;
    known postmaster = known::unknown;
    bool rejects_null = false;  ///< `<>` was refused, now or as remembered

    /// The whole reply, all lines joined by CRLF, code included; if no server replied, a text of ours in
    /// the same shape ("450 4.4.1 ..."). Cleaned: printable ASCII and HT only, and bounded.
    std::string message;
    std::optional<core::reply> reply;        ///< the peer's reply that decided, if one did
    core::stage said_at = core::stage::any;  ///< what that reply answered; any: no reply, or nobody knows
    std::string host;                        ///< the server that decided, without address; empty if none did
    std::string ip;                          ///< its address
    callout::poll poll;
    std::optional<std::chrono::seconds> retry_after;  ///< greylisting, when the text states it

    freshness cached = freshness::live;
    // of a cached answer
    std::chrono::seconds age{0};
    callout::kept_for kept_for = callout::kept_for::nothing;
    std::optional<system_time> kept_until;
    bool said_to_another = false;  ///< the server said it when another address was asked about

    /// A fail that rests on what the name system does not have, and has been asked for once. The name system
    /// may be out of order: who refuses mail for it says "later", until a second look, at least a minute
    /// later, agrees.
    bool unconfirmed = false;

    std::chrono::milliseconds elapsed{0};
    unsigned connections = 0;  ///< how many were opened for this answer
};

/// Returns what it means that `mailbox::parse` refused an address: fail/bad_domain (CO-005, CO-009) or
/// error/bad_request.
[[nodiscard]] verification verification_of(boost::system::error_code refused_address);

}  // namespace callout
