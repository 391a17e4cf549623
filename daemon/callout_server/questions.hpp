#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>

#include "callout/doors/clock.hpp"
#include "callout/engine.hpp"
#include "callout/events.hpp"
#include "callout/mailfromd/question.hpp"
#include "config/live_config.hpp"

namespace vouchd {

/// Returns under which timers a client's question is put. A client that has said TIMEOUT waits by its own
/// times, and those are short ones.
callout::mode mode_for(callout::core::callout_question const& asked, config const& values);
/// Returns how long a RUN may wait for one address.
std::chrono::milliseconds budget_for(callout::core::callout_question const& asked, config const& values);
/// Returns whether asking again for the cache is of use when nobody has answered and the client is gone. A
/// patient question would find nothing new, and what hosts of the client's choice say is kept nowhere.
bool is_worth_a_second_try(callout::core::callout_question const& asked, config const& values);

/// The questions of callout clients, put to the engine: under which timers, until when, and once more for the
/// cache where nobody waits any longer. Each begins with the configuration in force. That and the engine are
/// borrowed.
class callout_questions {
public:
    callout_questions(live_config const& live, callout::engine& engine, callout::clock& clock)
        : live_(live), engine_(engine), clock_(clock) {}
    callout_questions(callout_questions const&) = delete;

    /// For a client that waits. Question and watcher are borrowed until it ends.
    boost::asio::awaitable<callout::verification> put(callout::core::callout_question const& asked,
                                                      callout::observer& watcher);

    /// Is a second try of use, and is there room for one?
    bool may_try_again(callout::core::callout_question const& asked) const;
    /// Under hard timers; what comes of it is in the cache.
    boost::asio::awaitable<void> try_again(callout::core::callout_question asked);

    /// Verifications of clients, and second tries.
    std::size_t under_way() const noexcept { return under_way_; }

private:
    live_config const& live_;
    callout::engine& engine_;
    callout::clock& clock_;
    std::size_t second_tries_ = 0;
    std::size_t under_way_ = 0;
};

}  // namespace vouchd
