#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "callout/reply.hpp"

namespace callout::core {

/// What the words of a reply are about (smtp-callout.md 3.8). A set.
enum class topic : unsigned {
    none = 0,
    self = 1,            ///< us: our address, reputation, HELO, rate
    address = 2,         ///< the mailbox does not exist
    disabled = 4,        ///< the mailbox exists and is closed
    full = 8,            ///< the mailbox exists and is full
    greylist = 16,       ///< greylisting by name
    later = 32,          ///< an invitation to come back, which not only greylisters give
    relay = 64,          ///< the host does not serve the domain
    callout = 128,       ///< the peer verifies our sender in turn: a loop sign (7.4)
    starttls = 256,      ///< TLS is wanted
    smtputf8 = 512,      ///< the address needs SMTPUTF8
    no_service = 1024,   ///< the host takes no mail at all (RFC 7504)
    unverified = 2048,   ///< the peer's own verification is under way
    null_sender = 4096,  ///< bounces are not wanted
    crowd = 16384,       ///< too many recipients in one transaction
    rejected = 8192,     ///< Office 365's words for a recipient that it does not know
};
constexpr topic operator|(topic a, topic b) {
    return topic(unsigned(a) | unsigned(b));
}
constexpr topic operator&(topic a, topic b) {
    return topic(unsigned(a) & unsigned(b));
}
constexpr topic operator~(topic a) {
    return topic(~unsigned(a));
}
constexpr bool includes(topic set, topic one) {
    return (set & one) != topic::none;
}

/// Grows when the table of phrases changes, so that a verdict can be traced to the table that gave it.
inline constexpr int phrases_version = 4;

/// Returns what the text of a reply is about, with contradictions settled: `relay` removes `self`, `self`
/// removes `address` and `disabled` unless an enhanced code X.1.x says that it is the address, and with X.7.x
/// `self` removes `full`. Addresses in the text are not read: `asked`, the recipient, wherever it stands, and
/// all that stands in angle brackets except a URL.
topic topics_of(reply const& r, std::string_view asked = {});

/// Returns the time in "try again in 300 seconds" or "5 minutes": at most an hour, whatever the peer says
/// (CO-078).
std::optional<std::chrono::seconds> retry_after(reply const& r);

}  // namespace callout::core
