#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <optional>

#include "callout/clock.hpp"
#include "callout/core/back_off.hpp"
#include "callout/core/gate.hpp"
#include "callout/limits.hpp"
#include "callout/stream.hpp"
#include "callout/verification.hpp"

namespace callout {

/// Lets a callout, or a connection, wait for its turn. Outlives every place that it gave.
class politeness {
public:
    politeness(callout::clock& clock, politeness_limits const& limits);
    politeness(politeness const&) = delete;

    /// What is held as long as it lives.
    class place {
    public:
        place(politeness& from, core::gate::ticket which) : from_(&from), which_(which) {}
        place(place&& other) noexcept : from_(std::exchange(other.from_, nullptr)), which_(other.which_) {}
        place& operator=(place&&) = delete;
        ~place() {
            if (from_) from_->leave(which_);
        }

    private:
        politeness* from_;
        core::gate::ticket which_;
    };

    /// A place, or nothing: at once if there will be none by `until`, else by then.
    boost::asio::awaitable<std::optional<place>> enter(std::vector<core::claim> claims, steady_time until,
                                                       core::urgency how);

    /// A connection to a host claims its share of everything.
    std::vector<core::claim> claims_of(std::string const& host, ip_address const& address) const;

    /// Why a host is to be left alone for now, if it is.
    std::optional<verification> reason_to_keep_away(std::string const& host, ip_address const& address) const;
    /// Learns from what a connection brought.
    void learn(ip_address const& address, verification const& brought);

    /// Nobody is let in any more.
    void stop();

private:
    void leave(core::gate::ticket which);
    void admit();

    callout::clock& clock_;
    core::gate gate_;
    std::map<core::gate::ticket, alarm*> waiting_;  ///< null: has been let in
    core::back_off complaints_, down_;
    bool stopped_ = false;
};

}  // namespace callout
