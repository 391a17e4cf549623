#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>

#include "callout/core/callout_question.hpp"
#include "callout/events.hpp"
#include "config.hpp"
#include "engine_host.hpp"

namespace vouchd {

/// The questions of callout clients, put to the engine: under which timers, until when, and once more for the
/// cache where nobody waits any longer. The configuration and the engine are borrowed.
class callout_questions {
public:
    callout_questions(config const& values, engine_host& host) : values_(values), host_(host) {}
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
    callout::mode mode_of(callout::core::callout_question const& asked) const;
    callout::steady_time end_of(callout::core::callout_question const& asked) const;

    config const& values_;
    engine_host& host_;
    std::size_t second_tries_ = 0;
    std::size_t under_way_ = 0;
};

}  // namespace vouchd
