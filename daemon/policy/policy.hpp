#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "callout/engine.hpp"
#include "config/config.hpp"
#include "policy/step.hpp"

namespace vouchd {

/// The steps that lead to a decision, in their order, with the configuration of which they were made. The
/// first step that does not go on decides; where all go on, the mail passes.
class policy {
public:
    using steps = std::vector<std::unique_ptr<step const>>;

    policy(std::shared_ptr<config const> made_of, steps in_order)
        : values_(std::move(made_of)), steps_(std::move(in_order)) {}

    config const& values() const noexcept { return *values_; }
    /// Returns whether it was made of this very configuration.
    bool is_of(std::shared_ptr<config const> const& values) const noexcept { return values_ == values; }
    steps const& in_order() const noexcept { return steps_; }

private:
    std::shared_ptr<config const> values_;
    steps steps_;
};

/// Makes the policy of each configuration that comes into force.
using policy_maker = std::function<policy(std::shared_ptr<config const>)>;

/// Returns the default rules, and the callout after them. The engine is borrowed.
policy default_policy(std::shared_ptr<config const> values, callout::engine& engine);
/// Returns a maker of default policies whose callouts this engine makes.
policy_maker default_policies(callout::engine& engine);

}  // namespace vouchd
