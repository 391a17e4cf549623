#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callout/doors/clock.hpp"
#include "callout/doors/error.hpp"

namespace callout {

/// A record as a store keeps it: a line of text that `core/cache` writes and reads.
class stored_record {
public:
    stored_record(std::string text, system_time until) : value(std::move(text)), expires(until) {}
    std::string value;
    system_time expires;
};

/// Keeps records that survive the process, for the memory cache. `get` answers at once; `put` and `erase`
/// queue, and one writer makes them lasting in batches, so that no verdict waits until a disk has written. A
/// store that fails answers "not found", and mail goes on.
class store {
public:
    virtual ~store() = default;
    virtual std::optional<stored_record> get(std::string_view key) = 0;
    virtual void put(std::string_view key, stored_record const& record) = 0;
    virtual void erase(std::string_view key) = 0;
    /// Returns the keys that begin so. For an operator who wants records to be gone: it may take a while.
    virtual std::vector<std::string> keys(std::string_view beginning) = 0;
    /// Writes at once what is queued.
    [[nodiscard]] virtual result<void> flush() = 0;
};

}  // namespace callout
