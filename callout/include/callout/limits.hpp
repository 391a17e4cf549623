#pragma once

#include <chrono>
#include <cstddef>

namespace callout {

/// At most `count` begun within a time; zero lifts the limit.
struct rate {
    std::size_t count = 0;
    std::chrono::milliseconds window{std::chrono::minutes(1)};
    bool operator==(rate const&) const = default;
};

/// How much we ask of others, and of ourselves (daemon.md `[callout]`; smtp-callout.md 7.1 for what is not
/// there). Zero lifts a limit, except in queue_limit and background_limit: with zero nothing waits for a
/// turn, and nothing runs in the background. A first time of zero means never to keep away from a host.
struct politeness_limits {
    std::size_t max_parallel = 200;            ///< connections together
    std::size_t max_parallel_per_domain = 2;   ///< callouts
    std::size_t max_parallel_per_address = 4;  ///< connections to one remote IP
    std::size_t max_parallel_per_organisation = 4;
    rate domain_rate{60, std::chrono::minutes(1)};
    rate address_rate{120, std::chrono::minutes(1)};
    /// For the registered domain of an exchange. The same as for an address: 7.1's 30 would be less than what
    /// daemon.md allows for a single domain.
    rate organisation_rate{120, std::chrono::minutes(1)};
    rate asker_rate{10, std::chrono::minutes(1)};  ///< addresses that one client makes us ask about
    std::size_t max_chains = 1;      ///< callouts about one domain that one client causes at the same time
    std::size_t queue_limit = 2000;  ///< callouts and connections that wait for their turn
    std::size_t background_limit = 500;  ///< callouts that nobody waits for
    /// How long to keep away from a host that complains; doubled each time, up to the most.
    std::chrono::seconds back_off_first{std::chrono::minutes(1)};
    std::chrono::seconds back_off_most{std::chrono::hours(1)};
    /// The same for a host that cannot be reached.
    std::chrono::seconds down_first{std::chrono::minutes(5)};
    std::chrono::seconds down_most{std::chrono::hours(1)};

    /// Returns limits that limit nothing, for measurements and for hosts of one's own.
    static politeness_limits lifted() {
        return {0, 0, 0, 0, {}, {}, {}, {}, 0, 1000000, 1000000, {}, {}, {}, {}};
    }
};

}  // namespace callout
