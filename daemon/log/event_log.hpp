#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "callout/doors/bound_use.hpp"
#include "config/live_config.hpp"

namespace vouchd {

/// The fields of one event, in the order in which they are logged. A field without a value is left out.
class fields {
public:
    fields() = default;
    fields& add(std::string_view name, std::string_view value);
    fields& add(std::string_view name, std::uint64_t value) { return add(name, std::to_string(value)); }
    std::vector<std::pair<std::string, std::string>> const& all() const noexcept { return all_; }

private:
    std::vector<std::pair<std::string, std::string>> all_;
};

class line_writer;

/// Writes events, one line each: `event=decision time=... level=info id=... ...`. Its level and the longest
/// value are those in force at each line. Nobody who logs waits for the target, and nothing is thrown: a line
/// for which there is no room is dropped and counted, `event=log_dropped` says so when there is room again
/// (daemon.md 8.3). The end waits for what is queued, a second at most.
class event_log {
public:
    /// Throws std::runtime_error if the file cannot be opened. The configuration is borrowed.
    explicit event_log(live_config const& live);
    ~event_log();
    event_log(event_log const&) = delete;

    void write(log_level level, std::string_view event, fields const& what) noexcept;
    void info(std::string_view event, fields const& what) noexcept { write(log_level::info, event, what); }
    /// Something of ours went wrong in a part of the daemon, which goes on without it.
    void fault(std::string_view part, std::string_view what) noexcept;
    /// Returns when all is written that was logged before, or after `line_writer::longest_end`.
    void flush() const;
    /// Adds what waits to be written.
    void tell(callout::ledger& to) const;

private:
    live_config const& live_;
    std::unique_ptr<line_writer> writer_;
};

}  // namespace vouchd
