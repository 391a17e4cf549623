#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <vector>

#include "callout/doors/clock.hpp"
#include "callout/verification.hpp"

namespace callout {

/// One callout under way and those who wait for it, each with a deadline of its own.
class flight {
public:
    explicit flight(callout::clock& clock) : clock_(clock) {}

    /// The verdict, as long as this lives; null when `until` came first.
    boost::asio::awaitable<verification const*> wait(steady_time until);
    /// The first one counts; what counts comes back.
    verification const& publish(verification v);
    bool is_over() const noexcept { return verdict_ != nullptr; }

private:
    callout::clock& clock_;
    std::vector<alarm*> waiting_;
    std::unique_ptr<verification const> verdict_;
};

}  // namespace callout
