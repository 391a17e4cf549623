#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "callout/doors/clock.hpp"
#include "policy/decision.hpp"
#include "policy/policy.hpp"

namespace vouchd {

/// Leads a subject through the steps of one policy. A message keeps the judge with which it began, and so its
/// configuration.
class judge {
public:
    explicit judge(std::shared_ptr<policy const> by) : policy_(std::move(by)) {}

    config const& values() const noexcept { return policy_->values(); }

    /// Returns the decision if no step has to wait for it, or nothing.
    std::optional<decision> at_once(subject const& sender) const;

    /// Decides by `until`, if each step keeps to that. What a step throws comes out of here. The subject is
    /// borrowed until the end.
    boost::asio::awaitable<decision> decide(subject const& sender, wish wanted,
                                            callout::steady_time until) const;

private:
    std::shared_ptr<policy const> policy_;
};

}  // namespace vouchd
