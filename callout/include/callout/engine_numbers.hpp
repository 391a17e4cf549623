#pragma once

#include <cstddef>

namespace callout {

/// What an engine has in hand at one moment. All are zero when nothing is under way and no session is open.
struct engine_numbers {
    std::size_t callouts = 0;       ///< under way, with an asker or without
    std::size_t in_background = 0;  ///< callouts that nobody waits for
    std::size_t retries = 0;        ///< questions that a greylisting host will be asked again
    std::size_t running = 0;        ///< callouts and connections that the limits have let begin
    std::size_t waiting = 0;        ///< callouts and connections that wait for their turn
    std::size_t calls = 0;          ///< connections over which somebody is being asked
    std::size_t dns_questions = 0;  ///< under way, if the answer will be remembered
    std::size_t sessions = 0;       ///< kept for another question, or taking their leave
};

}  // namespace callout
