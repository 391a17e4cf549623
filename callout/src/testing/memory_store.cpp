#include "callout/testing/memory_store.hpp"

namespace callout::testing {

std::optional<callout::stored_record> memory_store::get(std::string_view key) {
    auto const found = records.find(key);
    if (found == records.end()) return std::nullopt;
    return found->second;
}

void memory_store::put(std::string_view key, callout::stored_record const& record) {
    records.insert_or_assign(std::string(key), record);
}

void memory_store::erase(std::string_view key) {
    if (auto const found = records.find(key); found != records.end()) records.erase(found);
}

}  // namespace callout::testing
