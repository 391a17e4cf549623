#pragma once

#include <chrono>
#include <optional>

#include "callout/doors/random.hpp"
#include "callout/mailbox.hpp"
#include "callout/options.hpp"
#include "core/record.hpp"

/// Which verdicts are kept, for how long, and what it takes to replace what is known (smtp-callout.md 6.2).
namespace callout::core {

/// What a verdict is kept for.
enum class subject {
    nothing,  ///< it is not kept
    address,
    domain,
    remote,         ///< the address that we connected to, which refuses us
    remote_domain,  ///< that address, and the domain that was asked about
};

/// Returns what a verdict is kept for. Our own listing must not become a negative cache of innocent senders
/// (rule 6): a verdict about us is kept for the remote address. What a server says about us at RCPT may be
/// the wish of one of its customers, and silences it for that customer's domain only.
subject subject_of(verification const& v) noexcept;

/// Returns how long a verdict holds; zero if it is not kept (daemon.md 5).
std::chrono::seconds lifetime_of(verification const& v, cache_lifetimes const& lifetimes) noexcept;

/// Returns the lifetime with jitter, so that what was learnt together does not expire together (CO-153).
std::chrono::seconds jittered(std::chrono::seconds life, unsigned percent, random& chance);

/// Returns whether something is known by the verdict; an undetermined one never replaces it (invariant I15).
bool is_determined(verification const& v) noexcept;

/// A second fail at least this much later than the first replaces a live pass (rule 4).
inline constexpr std::chrono::minutes time_to_doubt{10};

/// Returns what to keep after `found` was learnt about a subject of which `known` is known; nothing if that
/// stays.
std::optional<kept_verification> successor(std::optional<kept_verification> const& known,
                                           kept_verification found);

/// Returns whether it is time to ask again in the background, while what is known still holds (rule 3).
bool wants_refresh(kept_verification const& kept, cache_lifetimes const& lifetimes, system_time now) noexcept;

/// Returns whether the address is made for one message (VERP, BATV, SRS): a record of each would fill any
/// cache (rule 7).
bool is_made_for_one_message(mailbox const& box) noexcept;

}  // namespace callout::core
