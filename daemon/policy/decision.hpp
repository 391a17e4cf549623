#pragma once

#include <optional>
#include <string>

#include "callout/engine.hpp"
#include "config/config.hpp"
#include "milterproto/verdict.hpp"
#include "policy/policy.hpp"

namespace vouchd {

/// What is done with a sender, and all that led to it.
class decision {
public:
    decision() {}
    /// What logs and explanations call it: "skip" where a rule spared the callout.
    std::string_view action_word() const {
        return policy.action == rule_action::skip ? "skip" : to_string(wanted);
    }

    policy_result policy;
    std::optional<callout::verification> verified;  ///< none where a rule spared the callout
    vouchd::action wanted = vouchd::action::proceed;
    vouchd::action effective = vouchd::action::proceed;  ///< after the mode
    std::optional<milterproto::smtp_reply> reply;  ///< what the client is told, or would be, on a refusal
};

/// Who wants to know: a mail server about a message, or a person about an address.
enum class asked_for { mail, report };

/// Returns what the engine is asked about a sender whose address is valid.
callout::request question_about(sender_facts const& facts, config const& values, asked_for use);

/// Asks the engine if policy wants it, and decides. Answers by `until`.
boost::asio::awaitable<decision> decide(sender_facts const& facts, config const& values,
                                        callout::engine& engine, callout::cache_use cache, asked_for use,
                                        callout::observer* watcher, callout::steady_time until);

/// Without the engine: what a verdict leads to.
decision conclude(sender_facts const& facts, config const& values, policy_result policy,
                  std::optional<callout::verification> verified);

}  // namespace vouchd
