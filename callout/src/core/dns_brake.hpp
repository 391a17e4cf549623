#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <string>

#include "callout/doors/clock.hpp"
#include "core/lru.hpp"
#include "core/party.hpp"

namespace callout::core {

/// Watches which share of the domains that are asked about is said to be missing. If it leaps, the name
/// system is more likely to be out of order than the domains to be gone, and nobody is refused for what it
/// says (smtp-callout.md 6.2 rule 12). Owns no clock.
///
/// Each verdict that is new is a vote. A network of askers has one vote in a minute, and so has an
/// organisation whose domains are asked about, so that no stranger pulls the brake alone.
class dns_brake {
public:
    static constexpr std::size_t most_votes = 64;  ///< the latest ones, which are weighed
    static constexpr std::size_t fewest_votes = 20;
    static constexpr std::chrono::minutes vote_life{30};
    static constexpr std::chrono::minutes between_votes{1};  ///< of one voter
    static constexpr std::size_t most_voters = 1000;
    static constexpr std::chrono::minutes hold{10};  ///< the brake stays on, after the last sign of a leap
    /// What is usual is learnt from votes that lose half of their weight in this time. Before there are many,
    /// it is taken for one in ten.
    static constexpr std::chrono::hours half_life{6};

    enum class change { none, pulled, released };
    /// Takes the vote of a verdict on a domain of `organisation`. Returns what that changes.
    change vote(bool is_missing, std::string const& organisation, party const& asker, steady_time now);
    bool is_on(steady_time now) const noexcept { return now < until_; }
    /// Returns whether what the name system said at `when` is not believed: from the votes on that have
    /// pulled the brake, until it was released.
    bool doubts(steady_time when) const noexcept { return since_ <= when && when < until_; }

    /// Returns how many networks or organisations are remembered to have voted, whichever are more.
    std::size_t voters() const noexcept { return std::max(networks_.size(), organisations_.size()); }

    /// The shares of missing domains, between 0 and 1.
    double share_of_late() const noexcept;
    double usual_share() const noexcept;

private:
    struct cast_vote {
        bool is_missing;
        steady_time when;
    };

    bool may_vote(std::string const& organisation, party const& asker, steady_time now);
    void count(cast_vote one);
    void pull(steady_time now);
    /// Returns whether more than half of the domains that usually exist are said to be missing, and chance
    /// does not explain it.
    bool is_a_leap() const noexcept;
    std::size_t missing() const noexcept;

    std::deque<cast_vote> votes_;
    double usual_votes_ = 0;
    double usual_missing_ = 0;
    steady_time usual_at_ = steady_time::min();  ///< these two are as of then
    lru<party, steady_time> networks_{most_voters};
    lru<std::string, steady_time> organisations_{most_voters};
    steady_time since_ = steady_time::min();  ///< of the last time that the brake was on
    steady_time until_ = steady_time::min();
    bool was_on_ = false;
};

}  // namespace callout::core
