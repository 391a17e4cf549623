#pragma once

#include "callout/verification.hpp"

namespace callout::core {

/// What may change the verdict that a reply or a fact has given. What the verdict itself holds, such as facts
/// of the domain, is not repeated here.
struct circumstances {
    bool backup_answered = false;       ///< and no host that the domain prefers most
    bool nobody_was_reached = false;    ///< at none of several addresses
    bool postmaster_is_wanted = false;  ///< an address is as good as its domain's postmaster
    bool asker_chose_hosts = false;
    bool timeout_is_not_found = false;
    bool said_to_several = false;      ///< the host has refused several addresses in a row with these words
    bool recipient_is_wanted = false;  ///< asks whether it would be taken, not whether a bounce reaches it
};

/// Adjusts a verdict to the circumstances. Nothing else changes the status, reason, scope and strength of a
/// verdict. Calling it twice has the effect of calling it once.
void rule(verification& v, circumstances const& known);

/// Returns whether it is a fail that no peer's reply decided, so DNS did.
bool is_fail_by_dns(verification const& v) noexcept;

}  // namespace callout::core
