#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "explain/history.hpp"
#include "log/event_log.hpp"
#include "policy/decision.hpp"

/// The two lines that matter most (daemon.md 8.1), with their keys in the order that is written there.
namespace vouchd {

/// Returns the line of one decision, whatever the mode. `id` is what all lines about a message have in
/// common.
fields decision_fields(std::string_view id, sender_facts const& facts, decision const& made,
                       config const& values, std::chrono::milliseconds elapsed);

/// Returns the line of one callout that touched the network.
fields callout_fields(std::string_view id, sender_facts const& facts, callout::verification const& verified);

/// Returns what the history keeps of the same decision.
logged_decision logged(std::string id, sender_facts const& facts, decision const& made, mode in_force,
                       std::chrono::milliseconds elapsed);

}  // namespace vouchd
