#pragma once

#include <functional>
#include <map>
#include <string>

#include "callout/doors/store.hpp"

namespace callout::testing {

/// A store in memory. What is put is lasting at once, and no record goes because it has expired.
class memory_store final : public callout::store {
public:
    boost::asio::awaitable<std::vector<std::optional<callout::stored_record>>> fetch(
        std::vector<std::string> keys, callout::steady_time until) override;
    void put(std::string_view key, callout::stored_record const& record) override;
    void erase(std::string_view key) override;
    boost::asio::awaitable<std::vector<std::string>> keys(std::string beginning) override;
    boost::asio::awaitable<callout::result<void>> flush() override;

    std::map<std::string, callout::stored_record, std::less<>> records;
};

}  // namespace callout::testing
