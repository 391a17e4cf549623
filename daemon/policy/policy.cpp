#include "policy/policy.hpp"

#include "policy/default_rules.hpp"
#include "policy/sender_callout.hpp"

namespace vouchd {

policy default_policy(std::shared_ptr<config const> values, callout::engine& engine) {
    auto steps = default_rules(*values);
    steps.push_back(std::make_unique<sender_callout>(engine, values->callout.probe));
    return {std::move(values), std::move(steps)};
}

policy_maker default_policies(callout::engine& engine) {
    return
        [&engine](std::shared_ptr<config const> values) { return default_policy(std::move(values), engine); };
}

}  // namespace vouchd
