#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <vector>

#include "callout/doors/clock.hpp"
#include "engine/place_in_line.hpp"
#include "engine/retrieval.hpp"

namespace callout {

/// One question to the shared store, what came of it, and those who wait for it.
class shared_fetch : public retrieval {
public:
    using retrieval::retrieval;
    shared_fetch(shared_fetch const&) = delete;

    /// Returns when it is over, or `until` has come.
    static boost::asio::awaitable<void> wait(std::shared_ptr<shared_fetch> mine, callout::clock& clock,
                                             steady_time until);
    /// It is over; or nobody is to wait any longer.
    void release() noexcept;

private:
    std::vector<alarm*> waiting_;
    bool is_released_ = false;
};

}  // namespace callout
