#pragma once

#include "callout/events.hpp"
#include "explain/explanation.hpp"

namespace vouchd {

/// Watches one verification and keeps what a person would ask about.
class recorder final : public callout::observer {
public:
    explicit recorder(callout::steady_time begun) : begun_(begun) {}
    void on(callout::any_event const& what, callout::steady_time when) override;

    /// Returns the explanation of the decision, with everything that was seen on the way.
    explanation explain(subject const& sender, decision const& made) const;

private:
    explanation seen_;
    callout::steady_time begun_;
};

}  // namespace vouchd
