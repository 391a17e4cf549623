#pragma once

#include "callout/verification.hpp"

namespace callout::core {

/// What to do after a reply or a fault (the column `next` of smtp-callout.md 3.9).
enum class next_step {
    go_on,         ///< the next command
    use_helo,      ///< HELO instead of EHLO
    go_in_clear,   ///< go on without TLS, unless it is required
    other_sender,  ///< the same host, with the sender that comes after `<>`
    ask_alone,     ///< the same host, in a transaction of its own
    next_address,  ///< the same host may answer at another of its addresses
    next_host,
    one_more_host,  ///< the next host, once: MAIL was deferred, and all hosts of the domain may do so
    stop,           ///< this is the verdict
};

/// What a peer once could not do, so that we do not try it again for a while (smtp-callout.md 6.1, host
/// record).
struct host_traits {
    bool tls_broken = false;     ///< offers STARTTLS, and the handshake fails
    bool no_pipelining = false;  ///< offers PIPELINING, and loses commands
};

/// The result of one connection, or of one fact: a verdict that holds if nothing better comes.
class finding {
public:
    finding() {}
    finding(verification v, next_step next) : answer(std::move(v)), then(next) {}

    verification answer;
    next_step then = next_step::next_host;
    host_traits traits;             ///< learnt on the way
    bool random_timed_out = false;  ///< the host was too slow to say whether it takes everything
};

}  // namespace callout::core
