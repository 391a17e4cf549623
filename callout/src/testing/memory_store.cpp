#include "callout/testing/memory_store.hpp"

namespace callout::testing {

boost::asio::awaitable<std::vector<std::optional<callout::stored_record>>> memory_store::fetch(
    std::vector<std::string> keys, callout::steady_time) {
    std::vector<std::optional<callout::stored_record>> found;
    for (auto const& key : keys) {
        auto const one = records.find(key);
        found.push_back(one == records.end() ? std::nullopt : std::optional(one->second));
    }
    co_return found;
}

void memory_store::put(std::string_view key, callout::stored_record const& record) {
    records.insert_or_assign(std::string(key), record);
}

void memory_store::erase(std::string_view key) {
    if (auto const found = records.find(key); found != records.end()) records.erase(found);
}

boost::asio::awaitable<std::vector<std::string>> memory_store::keys(std::string beginning) {
    std::vector<std::string> all;
    for (auto at = records.lower_bound(beginning); at != records.end() && at->first.starts_with(beginning);
         ++at) {
        all.push_back(at->first);
    }
    co_return all;
}

boost::asio::awaitable<callout::result<void>> memory_store::flush() {
    co_return callout::result<void>();
}

}  // namespace callout::testing
