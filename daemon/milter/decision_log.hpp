#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "log/event_log.hpp"
#include "policy/decision.hpp"

/// The two lines that matter most (daemon.md 8.1), with their keys in the order that is written there.
namespace vouchd {

/// Returns the line of one decision, whatever the mode. `id` is what all lines about a message have in
/// common; `budget` is the time that the decision might have taken, and `elapsed` what it took.
fields decision_fields(std::string_view id, subject const& sender, decision const& made,
                       std::chrono::milliseconds budget, std::chrono::milliseconds elapsed);

/// Returns the line of one callout that touched the network.
fields callout_fields(std::string_view id, subject const& sender, callout::verification const& verified);

}  // namespace vouchd
