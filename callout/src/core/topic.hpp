#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace callout::core {

/// What the words of a reply are about (smtp-callout.md 3.8). A set.
enum class topic : unsigned {
    none = 0,
    missing = 1,            ///< the mailbox does not exist
    disabled = 1 << 1,      ///< the mailbox exists and is closed
    unavailable = 1 << 2,   ///< RFC 5321's words for 550, which say neither
    rejected = 1 << 3,      ///< the recipient is named, and why it is refused is not said
    full = 1 << 4,          ///< the mailbox exists and is full
    greylist = 1 << 5,      ///< greylisting by name
    later = 1 << 6,         ///< an invitation to come back, which not only greylisters give
    user_rate = 1 << 7,     ///< the mailbox gets mail faster than it may
    rate = 1 << 8,          ///< we come too often, or bring too much
    crowd = 1 << 9,         ///< too many recipients in one transaction
    self = 1 << 10,         ///< us: our address, reputation, name, encryption
    hint_of_us = 1 << 11,   ///< us, where nothing is said about the mailbox
    sender = 1 << 12,       ///< our sender
    null_sender = 1 << 13,  ///< `<>`
    callout = 1 << 14,      ///< the peer verifies our sender in turn: a loop sign (7.4)
    relay = 1 << 15,        ///< the host does not serve the domain
    starttls = 1 << 16,     ///< TLS is wanted
    smtputf8 = 1 << 17,     ///< the address needs SMTPUTF8
    no_service = 1 << 18,   ///< the host takes no mail at all (RFC 7504)
    unverified = 1 << 19,   ///< the peer's own verification is under way
    not_local = 1 << 20,    ///< the mailbox is elsewhere (RFC 5321 3.4)
    trouble = 1 << 21,      ///< the server cannot tell: a trouble of its own, a domain that it does not know
    policy = 1 << 22,       ///< why the mail is not wanted, other than that there is no mailbox
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
/// Returns whether the set has one of these.
constexpr bool includes(topic set, topic any_of) {
    return (set & any_of) != topic::none;
}

struct topic_name {
    topic what;
    std::string_view text;     ///< in a file of rules
    std::string_view meaning;  ///< for a person, after "it is about"
};
inline constexpr auto topic_names = std::to_array<topic_name>({
    {topic::missing, "missing", "a mailbox that does not exist"},
    {topic::disabled, "disabled", "a mailbox that is closed"},
    {topic::unavailable, "unavailable", "a mailbox that is not available"},
    {topic::rejected, "rejected", "the recipient, without a cause"},
    {topic::full, "full", "a mailbox that is full"},
    {topic::greylist, "greylist", "greylisting"},
    {topic::later, "later", "a later attempt"},
    {topic::user_rate, "user_rate", "how fast the mailbox gets mail"},
    {topic::rate, "rate", "how often we come"},
    {topic::crowd, "crowd", "too many recipients"},
    {topic::self, "self", "us"},
    {topic::hint_of_us, "hint_of_us", "us, perhaps"},
    {topic::sender, "sender", "our sender"},
    {topic::null_sender, "null_sender", "the null sender"},
    {topic::callout, "callout", "a callout of our sender"},
    {topic::relay, "relay", "relaying"},
    {topic::starttls, "starttls", "TLS"},
    {topic::smtputf8, "smtputf8", "SMTPUTF8"},
    {topic::no_service, "no_service", "a host that takes no mail"},
    {topic::unverified, "unverified", "a verification of the address that is under way"},
    {topic::not_local, "not_local", "a mailbox that is elsewhere"},
    {topic::trouble, "trouble", "a trouble of the server"},
    {topic::policy, "policy", "why the mail is not wanted"},
});

}  // namespace callout::core
