#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callout/doors/bound_use.hpp"
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

/// Keeps records that survive the process, below the memory cache. Nothing waits for a disk: `fetch` answers
/// in time or not at all, `put` and `erase` queue. Only what an operator asks for, `keys` and `flush`, takes
/// as long as it takes. A store that fails answers "nothing found", and mail goes on.
class store {
public:
    virtual ~store() = default;
    /// Returns false if the store surely has nothing of the key, and knows that at once: then nobody asks it.
    virtual bool may_have(std::string_view /*key*/) const { return true; }
    /// Answers by `until`, with one entry for each key, in the order of the keys; none is what was not found.
    /// Returns nothing at all if the store could not answer: then nobody knows what it holds.
    [[nodiscard]] virtual boost::asio::awaitable<std::vector<std::optional<stored_record>>> fetch(
        std::vector<std::string> keys, steady_time until) = 0;
    /// Queues, and returns at once. What is queued is found.
    virtual void put(std::string_view key, stored_record const& record) = 0;
    virtual void erase(std::string_view key) = 0;
    /// Returns the keys that begin so.
    [[nodiscard]] virtual boost::asio::awaitable<std::vector<std::string>> keys(std::string beginning) = 0;
    /// Returns when what is queued has been written, or cannot be.
    [[nodiscard]] virtual boost::asio::awaitable<result<void>> flush() = 0;
    /// Adds what strangers can fill here. A store of one's own need not know.
    virtual void tell(ledger&) const {}
};

}  // namespace callout
