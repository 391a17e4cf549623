#pragma once

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

#include "callout/doors/clock.hpp"
#include "engine/place_in_line.hpp"

namespace callout {

/// One question to the shared store, what came of it, and those who wait for it.
class shared_fetch {
public:
    explicit shared_fetch(std::vector<std::string> wanted) : keys(std::move(wanted)) {}
    shared_fetch(shared_fetch const&) = delete;

    /// Returns when it is over, or `until` has come.
    static boost::asio::awaitable<void> wait(std::shared_ptr<shared_fetch> mine, callout::clock& clock,
                                             steady_time until);
    /// It is over; or nobody is to wait any longer.
    void release() noexcept;

    bool has_asked_for(std::string const& key) const { return std::ranges::count(keys, key) > 0; }
    /// It was found, and went into memory.
    bool has_brought(std::string const& key) const { return std::ranges::count(brought, key) > 0; }

    std::vector<std::string> const keys;
    std::vector<std::string> brought;

private:
    std::vector<alarm*> waiting_;
    bool is_released_ = false;
};

}  // namespace callout
