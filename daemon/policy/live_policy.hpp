#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "config/live_config.hpp"
#include "policy/judge.hpp"
#include "policy/policy.hpp"

namespace vouchd {

/// The policy of the configuration in force. It is made when the first judge is wanted, and again after the
/// configuration was replaced; judges that were made before keep theirs. The configuration is borrowed.
class live_policy {
public:
    live_policy(live_config const& live, policy_maker make) : live_(live), make_(std::move(make)) {}
    live_policy(live_policy const&) = delete;

    judge current();

private:
    live_config const& live_;
    policy_maker make_;
    std::shared_ptr<policy const> made_;
};

}  // namespace vouchd
