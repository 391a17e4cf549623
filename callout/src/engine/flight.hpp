#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/container/small_vector.hpp>
#include <memory>
#include <optional>

#include "callout/doors/clock.hpp"
#include "callout/verification.hpp"

namespace callout {

/// One callout under way and those who wait for it, each with a deadline of its own.
class flight {
public:
    explicit flight(callout::clock& clock) : clock_(clock) {}

    /// Waits for the verdict, not longer than `until`.
    boost::asio::awaitable<void> wait(steady_time until);
    /// Returns the verdict, if it is there, to one that has waited. The last one takes it.
    std::optional<verification> collect();
    /// The first one counts. Returns the one that counts, until somebody collects it.
    verification const& publish(verification&& v);
    bool is_over() const noexcept { return verdict_ != nullptr; }

private:
    callout::clock& clock_;
    boost::container::small_vector<alarm*, 1> waiting_;  ///< most have one asker
    std::unique_ptr<verification> verdict_;
};

}  // namespace callout
