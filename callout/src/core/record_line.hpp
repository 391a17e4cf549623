#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callout/doors/clock.hpp"

namespace callout::core {

/// One line of logfmt that begins with its version, as the stores keep it (daemon.md 14). At most
/// `max_record` bytes.
class record_line {
public:
    /// Reads a line; nothing if it has another version or is not a record at all.
    static std::optional<record_line> parse(std::string_view text);

    std::string_view text(std::string_view key) const;  ///< empty if there is none
    std::optional<std::int64_t> number(std::string_view key) const;
    std::optional<system_time> time(std::string_view key) const;

    struct field {
        std::string key;
        std::string value;
    };

private:
    std::vector<field> fields_;
};

class record_writer {
public:
    record_writer();
    /// Adds a field unless the value is empty.
    void add(std::string_view key, std::string_view value);
    void add(std::string_view key, std::int64_t value);
    void add(std::string_view key, system_time value);

    std::string line;
};

std::int64_t seconds_since_epoch(system_time t);

}  // namespace callout::core
