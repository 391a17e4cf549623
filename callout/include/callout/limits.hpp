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
    std::size_t max_parallel_per_domain = 2;   ///< callouts about a registered domain
    std::size_t max_parallel_per_address = 4;  ///< connections to one remote IP
    std::size_t max_parallel_per_organisation = 4;
    rate domain_rate{60, std::chrono::minutes(1)};
    rate address_rate{60, std::chrono::minutes(1)};
    rate organisation_rate{60, std::chrono::minutes(1)};  ///< for the registered domain of an exchange
    rate asker_rate{10, std::chrono::minutes(1)};         ///< addresses that one client makes us ask about
    std::size_t max_chains = 1;  ///< callouts about one domain that one client causes at the same time
    /// Callouts and connections that wait for their turn. With `max_parallel`: all questions under way.
    std::size_t queue_limit = 2000;
    std::size_t background_limit =
        500;  ///< callouts that nobody waits for; and, apart, those to be made later
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
