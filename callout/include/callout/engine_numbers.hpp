#pragma once

#include <cstddef>

namespace callout {

/// Callouts and connections that wait for their turn, by the limit that stands in their way
/// (`politeness_limits`).
struct waiting_numbers {
    std::size_t for_questions = 0;     ///< max_parallel and queue_limit together
    std::size_t for_connections = 0;   ///< max_parallel
    std::size_t for_domain = 0;        ///< max_parallel_per_domain, domain_rate
    std::size_t for_organisation = 0;  ///< max_parallel_per_organisation, organisation_rate
    std::size_t for_address = 0;       ///< max_parallel_per_address, address_rate
    std::size_t for_asker = 0;         ///< asker_rate
    std::size_t for_chain = 0;         ///< max_chains
    bool operator==(waiting_numbers const&) const = default;
};

/// A part of what is kept in memory.
struct kept_numbers {
    std::size_t entries = 0;
    std::size_t bytes = 0;  ///< of the heap, as nearly as can be told
    bool operator==(kept_numbers const&) const = default;
};

/// What an engine keeps in memory. An entry that has expired counts until it is looked for, or makes room.
struct memory_numbers {
    kept_numbers addresses;       ///< verdicts on addresses
    kept_numbers domains;         ///< verdicts on whole domains
    kept_numbers remotes;         ///< hosts that refuse us
    std::size_t facts = 0;        ///< domains and hosts of which something else is known
    std::size_t dns_answers = 0;  ///< of the name system
};

/// What an engine has in hand at one moment. All but the last three are zero when nothing is under way and no
/// session is open.
struct engine_numbers {
    std::size_t callouts = 0;       ///< under way, with an asker or without
    std::size_t in_background = 0;  ///< callouts that nobody waits for
    std::size_t retries = 0;        ///< questions that a greylisting host will be asked again
    std::size_t running = 0;        ///< callouts and connections that the limits have let begin
    std::size_t waiting = 0;        ///< callouts and connections that wait for their turn
    waiting_numbers waiting_by_limit;
    std::size_t calls = 0;             ///< connections over which somebody is being asked
    std::size_t dns_questions = 0;     ///< under way, if the answer will be remembered
    std::size_t shared_fetches = 0;    ///< questions to the shared store that are under way
    std::size_t sessions = 0;          ///< kept for another question, or taking their leave
    std::size_t sessions_kept = 0;     ///< kept for another question
    std::size_t sessions_leaving = 0;  ///< the others
    memory_numbers memory;
    bool doubts_dns = false;            ///< it says of too many domains that they are missing, all at once
    std::size_t observer_failures = 0;  ///< exceptions of the engine's observer so far
};

}  // namespace callout
