#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "log/event_log.hpp"
#include "policy/decision.hpp"
#include "policy/described.hpp"

/// The two lines that matter most (daemon.md 8.1), with their keys in the order that is written there.
namespace vouchd {

/// The lines of one decision, for which its verdict is put into words once. The subject and the decision are
/// borrowed; `id` is what all lines about a message have in common.
class decision_lines {
public:
    decision_lines(std::string id, subject const& sender, decision const& made);

    /// Returns the line of the decision, whatever the mode. `budget` is the time that it might have taken,
    /// and `elapsed` what it took.
    fields decided(std::chrono::milliseconds budget, std::chrono::milliseconds elapsed) const;

    /// Returns the line of the callout, if there was one: nothing was asked where a rule spared the sender.
    std::optional<fields> called_out() const;

private:
    std::string id_;
    subject const& sender_;
    decision const& made_;
    std::optional<described_verdict> verdict_;
};

}  // namespace vouchd
