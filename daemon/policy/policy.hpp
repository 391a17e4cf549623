#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callout/mailbox.hpp"
#include "callout/request.hpp"
#include "callout/verdict_word.hpp"
#include "config/config.hpp"

namespace vouchd {

/// What policy looks at for one sender, and for the recipient that the sender writes to.
class sender_facts {
public:
    explicit sender_facts(std::string written)
        : path(std::move(written)), address(callout::mailbox::parse(path)) {}

    bool is_null() const { return address.has_error() && address.error() == callout::errc::address_empty; }

    std::string path;  ///< as the MTA gave it
    callout::result<callout::mailbox> address;
    std::string recipient;  ///< as the MTA gave it; empty where none is known
    callout::asker who;     ///< whose mail it is, as far as the MTA has told
    bool authenticated = false;
};

enum class rule_action { skip, verify };
/// Of what a rule speaks: of a message with all its recipients, or of one recipient.
enum class rule_scope { message, recipient };

/// One rule as it was looked at.
class rule_trace {
public:
    rule_trace(std::string_view rule_name, bool holds, std::string reason)
        : name(rule_name), matched(holds), why(std::move(reason)) {}
    std::string_view name;
    bool matched;
    std::string why;
};

/// The rule that holds, and those before it. The rules are the default ones of daemon.md 3.2, in its order;
/// the last one always holds.
class policy_result {
public:
    policy_result() {}
    rule_action action = rule_action::verify;
    rule_scope scope = rule_scope::message;
    std::vector<rule_trace> trace;
    std::string_view rule() const { return trace.back().name; }
};
policy_result evaluate(sender_facts const& facts, config const& values);

enum class action { proceed, reject };
std::string_view to_string(action what) noexcept;

/// What the default `on` table of the rule "sender-callout" makes of a verdict.
action action_for(callout::verdict_word verdict) noexcept;

}  // namespace vouchd
