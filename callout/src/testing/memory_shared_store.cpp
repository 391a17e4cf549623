#include "callout/testing/memory_shared_store.hpp"

#include <algorithm>
#include <stdexcept>

namespace callout::testing {

boost::asio::awaitable<memory_shared_store::answer> memory_shared_store::fetch(std::vector<std::string> keys,
                                                                               callout::steady_time until) {
    fetched.push_back(keys);
    deadlines.push_back(until);
    if (broken == fault::throws_at_once) throw std::runtime_error("the shared store has a bug");
    answer found;
    for (auto const& key : keys) {
        auto const one = records.find(key);
        found.push_back(one == records.end() ? std::nullopt : std::optional(one->second));
    }
    if (broken == fault::too_few) found.pop_back();
    return after_delay(std::move(found), until);
}

boost::asio::awaitable<memory_shared_store::answer> memory_shared_store::after_delay(
    answer found, callout::steady_time until) {
    auto const ready = clock_.now() + delay;
    auto const end = heeds_deadline ? std::min(ready, until) : ready;
    auto const bell = clock_.make_alarm();
    if (delay.count() > 0) co_await bell->wait(end);
    if (broken == fault::throws) throw std::runtime_error("the shared store is out of order");
    if (end < ready) found.assign(found.size(), std::nullopt);
    co_return found;
}

void memory_shared_store::put(std::string_view key, callout::stored_record const& record) {
    records.insert_or_assign(std::string(key), record);
}

void memory_shared_store::erase(std::string_view key) {
    if (auto const found = records.find(key); found != records.end()) records.erase(found);
}

}  // namespace callout::testing
