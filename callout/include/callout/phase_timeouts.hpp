#pragma once

#include <chrono>

namespace callout {

/// How long each phase may take; each covers the whole reply, not one byte (smtp-callout.md 5).
struct phase_timeouts {
    std::chrono::milliseconds connect{4000};
    std::chrono::milliseconds greeting{7000};  ///< postscreen lets a new client wait 6 s
    std::chrono::milliseconds helo{3000};
    std::chrono::milliseconds starttls{5000};  ///< command and handshake
    std::chrono::milliseconds mail{3000};
    std::chrono::milliseconds rcpt{5000};
    std::chrono::milliseconds rset{2000};
    std::chrono::milliseconds quit{1000};
};

/// The timeouts of callouts that nobody waits for: where RFC 5321 4.5.3.2 names a time (greeting, MAIL,
/// RCPT), the least that it asks of a client.
inline constexpr phase_timeouts patient_timeouts{.connect = std::chrono::minutes(1),
                                                 .greeting = std::chrono::minutes(5),
                                                 .helo = std::chrono::minutes(5),
                                                 .starttls = std::chrono::minutes(1),
                                                 .mail = std::chrono::minutes(5),
                                                 .rcpt = std::chrono::minutes(5),
                                                 .rset = std::chrono::minutes(1),
                                                 .quit = std::chrono::seconds(10)};

}  // namespace callout
