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

std::vector<std::string> memory_store::keys(std::string_view beginning) {
    std::vector<std::string> all;
    for (auto at = records.lower_bound(beginning); at != records.end() && at->first.starts_with(beginning);
         ++at) {
        all.push_back(at->first);
    }
    return all;
}

}  // namespace callout::testing
