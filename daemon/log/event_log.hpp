#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/live_config.hpp"

namespace spdlog {
class logger;
}

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

/// Writes events, one line each: `event=decision time=... level=info id=... ...`. Its level and the longest
/// value are those in force at each line.
class event_log {
public:
    /// Throws std::runtime_error if the file cannot be opened. The configuration is borrowed.
    explicit event_log(live_config const& live);
    void write(log_level level, std::string_view event, fields const& what);
    void info(std::string_view event, fields const& what) { write(log_level::info, event, what); }

private:
    live_config const& live_;
    std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace vouchd
