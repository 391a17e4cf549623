#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callout/doors/clock.hpp"
#include "callout/doors/store.hpp"

namespace callout {

/// What several engines know together, such as a server of keys and values on another machine. Its records
/// are those of a `store`; unlike one it may let the engine wait. A shared store that fails, or is late,
/// answers "nothing found", and mail goes on. It need not be believed: the engine reads each record as if
/// anybody had written it.
class shared_store {
public:
    virtual ~shared_store() = default;
    /// Answers by `until`, with one entry for each key, in the order of the keys; none is what was not found.
    [[nodiscard]] virtual boost::asio::awaitable<std::vector<std::optional<stored_record>>> fetch(
        std::vector<std::string> keys, steady_time until) = 0;
    /// Queues, and returns at once.
    virtual void put(std::string_view key, stored_record const& record) = 0;
    virtual void erase(std::string_view key) = 0;
};

}  // namespace callout
