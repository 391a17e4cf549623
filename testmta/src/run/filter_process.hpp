#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>

#include "milterproto/socket_spec.hpp"

namespace testmta::run {

/// A filter that testmta itself starts and stops (TM-009). All processes that it starts are of its group.
class filter_process {
public:
    using duration = std::chrono::microseconds;

    /// Starts the command by a shell. Throws `std::system_error`.
    explicit filter_process(std::string const& command);
    ~filter_process();
    filter_process(filter_process const&) = delete;
    filter_process& operator=(filter_process const&) = delete;

    /// Returns whether no process of it is left.
    bool has_ended();
    /// Returns how it ended, such as `signal 11 (Segmentation fault)` or `exit status 0`.
    std::string describe_end() const;
    /// Stops it with TERM, and with KILL if it is still there after the limit. Returns what was wrong with
    /// its end, if anything.
    std::optional<std::string> stop(duration limit);

private:
    pid_t group_;
    bool has_ended_ = false;
    int status_ = 0;  ///< of the first process that ended badly, or else of the last one
};

/// Waits until something accepts connections there, or the time is over. Returns why nothing does.
std::optional<std::string> await_filter(milterproto::socket_spec const& where,
                                        std::chrono::microseconds limit, filter_process* started);

}  // namespace testmta::run
