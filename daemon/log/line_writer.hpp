#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "callout/doors/bound_use.hpp"
#include "log/line_queue.hpp"

namespace vouchd {

/// Where lines go: an open descriptor, which is closed at the end if it is `owned`.
struct line_target {
    enum class owner { us, somebody_else };
    int descriptor;
    owner whose;
};

/// Writes lines from a thread of its own: who logs waits for no disk and no reader. A line is written whole
/// or not at all, unless the process ends while a target takes only a part of it: what a full disk did not
/// take is written when there is room again.
///
/// Why not spdlog's asynchronous logger: when its ring is full it waits, or drops the oldest line whatever it
/// is worth, and at the end it waits for the reader without a limit.
class line_writer {
public:
    /// How long the end waits for what is queued.
    static constexpr std::chrono::seconds longest_end{1};
    /// After an error it is tried again so much later.
    static constexpr std::chrono::milliseconds pause_after_error{250};

    /// `tell_dropped` makes the line that says what was dropped. It is called in the writing thread.
    line_writer(line_target where, std::function<std::string(dropped_lines const&)> tell_dropped);
    /// Returns when all is written, at the latest after `longest_end`: then the thread is left to itself, and
    /// ends with the process.
    ~line_writer();
    line_writer(line_writer const&) = delete;

    void write(line_rank rank, std::string line);
    void note_lost(line_rank rank) noexcept;
    /// Returns whether all that is queued has been written by then.
    bool await_written(std::chrono::steady_clock::time_point until);
    /// Adds what waits to be written.
    void tell(callout::ledger& to) const;

private:
    class state;
    std::shared_ptr<state> state_;
    std::thread thread_;
};

}  // namespace vouchd
