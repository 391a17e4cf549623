#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "callout/doors/shared.hpp"
#include "callout/testing/virtual_clock.hpp"

namespace callout::testing {

/// A shared store in memory, which may be slow, late, or broken. It answers with what it held when it was
/// asked.
class memory_shared_store final : public callout::shared_store {
public:
    using answer = std::vector<std::optional<callout::stored_record>>;
    enum class fault {
        none,
        throws,          ///< while it is waited for
        throws_at_once,  ///< before there is anything to wait for
        too_few,         ///< one entry is missing in its answer
    };

    explicit memory_shared_store(virtual_clock& clock) : clock_(clock) {}

    boost::asio::awaitable<answer> fetch(std::vector<std::string> keys, callout::steady_time until) override;
    void put(std::string_view key, callout::stored_record const& record) override;
    void erase(std::string_view key) override;

    std::map<std::string, callout::stored_record, std::less<>> records;
    std::chrono::milliseconds delay{0};  ///< of each answer
    bool heeds_deadline = true;          ///< or it answers after its delay, however late
    fault broken = fault::none;
    std::vector<std::vector<std::string>> fetched;  ///< the keys of each fetch
    std::vector<callout::steady_time> deadlines;

private:
    boost::asio::awaitable<answer> after_delay(answer found, callout::steady_time until);

    virtual_clock& clock_;
};

}  // namespace callout::testing
