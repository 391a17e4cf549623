#include "policy/policy.hpp"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>

namespace vouchd {

namespace {

/// Holds, and why or why not.
struct finding {
    bool holds;
    std::string why;
};

finding null_sender(sender_facts const& facts, config const&) {
    return facts.is_null() ? finding{true, "the sender is <>"} : finding{false, "the sender is not <>"};
}

finding authenticated(sender_facts const& facts, config const&) {
    return facts.authenticated ? finding{true, "the client has authenticated"}
                               : finding{false, "no authentication"};
}

/// Sendmail's name for a program on this machine that hands in mail by a pipe or a unix socket. A client
/// that came over the network has an address, and "unknown" without an address may be anybody.
constexpr std::string_view local_program = "localhost";

finding own_networks(sender_facts const& facts, config const& values) {
    if (!facts.who.client && facts.who.client_name == local_program)
        return {true, "the client is a program on this machine (localhost, without an address)"};
    if (!facts.who.client) return {false, "no client address"};
    auto const& networks = values.lists.own_networks;
    auto const own = std::ranges::find_if(
        networks, [&](auto const& network) { return network.contains(*facts.who.client); });
    if (own == networks.end())
        return {false, facts.who.client->to_string() + " is in none of lists.own_networks"};
    return {true, facts.who.client->to_string() + " is in " + own->to_string()};
}

finding in_list(callout::mailbox const& address, domain_list const& list, std::string_view name) {
    auto const* const entry = list.find(address.domain());
    if (entry == nullptr) return {false, address.domain() + " is not in " + std::string(name)};
    return {true, address.domain() + " is in " + std::string(name) + " (" + *entry + ')'};
}

finding sender_in_list(sender_facts const& facts, domain_list const& list, std::string_view name) {
    if (facts.address.has_error()) return {false, "the sender is no address"};
    return in_list(*facts.address, list, name);
}

finding own_domains(sender_facts const& facts, config const& values) {
    return sender_in_list(facts, values.lists.local_domains, "lists.local_domains");
}

finding opt_outs(sender_facts const& facts, config const& values) {
    return sender_in_list(facts, values.lists.never_verify, "lists.never_verify");
}

bool equals(std::string_view a, std::string_view b) {
    return boost::algorithm::iequals(a, b, std::locale::classic());
}

/// Compares a local part, which may stand in quotes, with the name of a role.
bool is_role(std::string_view local_part, std::string_view role) {
    bool const is_quoted = local_part.size() > 2 && local_part.starts_with('"');
    return equals(is_quoted ? local_part.substr(1, local_part.size() - 2) : local_part, role);
}

/// RFC 5321 4.5.1: whoever is refused must be able to write to the postmaster about it. RFC 2142 4 names
/// abuse.
finding role_recipients(sender_facts const& facts, config const& values) {
    if (facts.recipient.empty()) return {false, "no recipient was named"};
    if (equals(facts.recipient, "<postmaster>") || equals(facts.recipient, "postmaster"))
        return {true, "the recipient is " + facts.recipient};
    auto const recipient = callout::mailbox::parse(facts.recipient);
    if (recipient.has_error()) return {false, "the recipient is not a valid address"};
    auto const& name = recipient->local_part();
    if (!is_role(name, "postmaster") && !is_role(name, "abuse"))
        return {false, "the recipient is neither postmaster nor abuse"};
    auto const ours = in_list(*recipient, values.lists.local_domains, "lists.local_domains");
    return {ours.holds, "the recipient is " + name + ", and " + ours.why};
}

finding always(sender_facts const&, config const&) {
    return {true, "no rule before it holds"};
}

struct rule {
    std::string_view name;
    finding (*condition)(sender_facts const&, config const&);
    rule_action action;
    rule_scope scope = rule_scope::message;
};

constexpr rule rules[] = {
    {"null-sender", null_sender, rule_action::skip},
    {"authenticated", authenticated, rule_action::skip},
    {"own-networks", own_networks, rule_action::skip},
    {"own-domains", own_domains, rule_action::skip},
    {"opt-outs", opt_outs, rule_action::skip},
    {"role-recipients", role_recipients, rule_action::skip, rule_scope::recipient},
    {"sender-callout", always, rule_action::verify},
};

}  // namespace

policy_result evaluate(sender_facts const& facts, config const& values) {
    policy_result result;
    for (auto const& one : rules) {
        auto const [holds, why] = one.condition(facts, values);
        result.trace.emplace_back(one.name, holds, why);
        result.action = one.action;
        result.scope = one.scope;
        if (holds) break;
    }
    return result;
}

std::string_view to_string(action what) noexcept {
    return what == action::reject ? "reject" : "continue";
}

action action_for(callout::verdict_word verdict) noexcept {
    switch (verdict) {
        case callout::verdict_word::not_found:
        case callout::verdict_word::no_mx: return action::reject;
        default: return action::proceed;
    }
}

}  // namespace vouchd
