#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>

#include "callout/doors/bound_use.hpp"
#include "callout/doors/clock.hpp"
#include "callout/engine.hpp"
#include "callout/events.hpp"
#include "callout/mailfromd/question.hpp"
#include "config/live_config.hpp"

namespace vouchd {

/// Returns under which timers a client's question is put. A client that has said TIMEOUT waits by its own
/// times, which are short ones.
callout::mode mode_for(callout::core::callout_question const& question, config const& values);
/// Returns how long a RUN may wait for one address.
std::chrono::milliseconds budget_for(callout::core::callout_question const& question, config const& values);
/// Returns whether it is useful to ask again, for the cache, when no server has answered and the client is
/// gone. A question under hard timers would find nothing new, and what hosts of the client's choice say is
/// not kept.
bool is_worth_a_second_try(callout::core::callout_question const& question, config const& values);

/// Puts the questions of callout clients to the engine: it chooses the timers and the deadline, and asks once
/// more for the cache when the client has gone. Each question begins with the configuration in force. The
/// configuration and the engine are borrowed.
class question_runner {
public:
    question_runner(live_config const& live, callout::engine& engine, callout::clock& clock,
                    std::size_t most = most_under_way)
        : live_(live), engine_(engine), clock_(clock), most_(most) {}
    question_runner(question_runner const&) = delete;

    /// Answers a client that waits. The question and the watcher are borrowed until it ends.
    boost::asio::awaitable<callout::verification> run(callout::core::callout_question const& question,
                                                      callout::observer& watcher);

    /// Returns whether a second try is useful, and there is room for one.
    bool may_try_again(callout::core::callout_question const& question) const;
    /// Asks under hard timers; the answer goes to the cache alone.
    boost::asio::awaitable<void> try_again(callout::core::callout_question question);

    /// Adds what strangers can fill here.
    void tell(callout::ledger& to) const;
    /// A client leaves, and its questions go on until they are answered or their time is over; many may wait
    /// for one callout. Beyond this many in all, a question is answered at once: too many.
    static constexpr std::size_t most_under_way = 10'000;
    static constexpr std::size_t most_second_tries = 500;

    /// Returns how many verifications for clients and second tries there are.
    std::size_t under_way() const noexcept { return under_way_; }

private:
    live_config const& live_;
    callout::engine& engine_;
    callout::clock& clock_;
    std::size_t most_;
    std::size_t second_tries_ = 0;
    std::size_t under_way_ = 0;
};

}  // namespace vouchd
