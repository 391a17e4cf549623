#pragma once

#include <functional>
#include <map>
#include <string>

#include "callout/doors/store.hpp"

namespace callout::testing {

/// A store in memory. What is put is lasting at once, and no record goes because it has expired.
class memory_store final : public callout::store {
public:
    std::optional<callout::stored_record> get(std::string_view key) override;
    void put(std::string_view key, callout::stored_record const& record) override;
    void erase(std::string_view key) override;
    std::vector<std::string> keys(std::string_view beginning) override;
    callout::result<void> flush() override { return {}; }

    std::map<std::string, callout::stored_record, std::less<>> records;
};

}  // namespace callout::testing
