#pragma once

#include <chrono>
#include <string_view>

#include "decision.hpp"
#include "event_log.hpp"
#include "milterproto/context.hpp"

/// The two lines that matter most (daemon.md 8.1), with their keys in the order that is written there.
namespace vouchd {

/// Where in the mail stream a decision belongs.
struct log_context {
    std::string_view id;
    milterproto::connection const& peer;
    std::string_view recipient;
    std::chrono::milliseconds elapsed;
};

/// One for each subject decided, whatever the mode.
fields decision_fields(log_context const& context, sender_facts const& facts, decision const& made,
                       config const& values);

/// One for each callout that touched the network.
fields callout_fields(log_context const& context, sender_facts const& facts,
                      callout::verification const& verified);

}  // namespace vouchd
