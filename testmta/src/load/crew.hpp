#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "load/plan.hpp"
#include "load/schedule.hpp"
#include "load/tally.hpp"
#include "milterproto/socket_spec.hpp"

namespace testmta::load {

using moment = std::chrono::steady_clock::time_point;

/// Why a load ended before its messages did.
enum class early_end { no_filter, silent_filter };

/// What all connections of a load share.
class assignment {
public:
    plan const& what;
    schedule const& when;
    milterproto::socket_spec const& filter;
    moment begin;
    /// Ends the whole load, from any thread.
    std::function<void(early_end, std::string)> end_load;
    /// Set once any connection has negotiated. Until then nothing shows that a filter listens there.
    std::atomic<bool>& has_met_filter;
};

/// What all connections of one thread share.
class crew : public assignment {
public:
    explicit crew(assignment const& of) : assignment(of), last_heard(of.begin) {}

    /// Ends the load: no connection of this thread begins a message any more, and those of the other threads
    /// are stopped.
    void end(early_end why, std::string said) {
        is_over = true;
        end_load(why, std::move(said));
    }

    tally counted;
    bool is_over = false;
    std::size_t connections = 0;  ///< of this thread
    std::size_t refusals = 0;     ///< to negotiate, while no connection had ever negotiated
    moment last_heard;            ///< when the filter last said anything to this thread
    // Read by the thread that shows the progress.
    std::atomic<std::uint64_t> begun{0}, ended{0}, errors{0};
};

}  // namespace testmta::load
