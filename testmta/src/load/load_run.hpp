#pragma once

#include <chrono>
#include <iosfwd>
#include <optional>
#include <string>

#include "load/crew.hpp"
#include "load/worker.hpp"
#include "milterproto/socket_spec.hpp"

namespace testmta::load {

/// What has come of a load.
class load_result {
public:
    tally all;
    std::chrono::nanoseconds took{};       ///< until the last message ended
    std::chrono::microseconds cpu_time{};  ///< of this process, all threads
    std::size_t peak_kilobytes = 0;        ///< of memory
    bool was_interrupted = false;
    std::optional<early_end> ended_early;
    std::string why;  ///< it ended early
};

/// How the load is shown while it goes on.
enum class progress { none, line_that_changes, line_each_second };

/// Plays the load with all its threads. SIGINT and SIGTERM end it early, and so does a filter that is gone.
load_result play_load(plan const& what, milterproto::socket_spec const& filter, run::script const* script,
                      progress how, std::ostream& out);

}  // namespace testmta::load
