#pragma once

#include <chrono>
#include <string>

#include "callout/doors/clock.hpp"
#include "callout/verification.hpp"
#include "core/lru.hpp"

namespace callout::core {

/// Returns whether a domain fails because the name system does not have something: the domain, or an address
/// of its servers. Nobody has said so, and a name system that is out of order says it of every name. A null
/// MX is a record, and stands for itself.
bool is_without_witness(verification const& v) noexcept;

/// When a domain was first found to be missing, so that one look at a name system that is out of order
/// refuses nobody for good: the second, at least a minute later, has to agree. Owns no clock. Bounded: the
/// domain that was looked at longest ago is forgotten, and only has to be looked at again.
class first_looks {
public:
    static constexpr std::chrono::seconds apart = std::chrono::minutes(1);
    /// A sender that is told "later" comes again within hours.
    static constexpr std::chrono::seconds longest = std::chrono::hours(8);
    static constexpr std::size_t most_domains = 10000;

    /// Notes that a domain was found to be missing. Returns whether an earlier look agrees.
    bool missing(std::string const& domain, steady_time now);
    /// Notes that it is not.
    void found(std::string const& domain) { seen_.erase(domain); }
    /// Returns whether the next look is to be the second one, which no memory may answer.
    bool awaits_second(std::string const& domain, steady_time now) const;
    std::size_t size() const noexcept { return seen_.size(); }

private:
    lru<std::string, steady_time> seen_{most_domains};
};

}  // namespace callout::core
