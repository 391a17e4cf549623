#include "callout/testing/census.hpp"

#include <string_view>

namespace callout::testing {

namespace {

std::size_t waiting_by_limit(callout::waiting_numbers const& n) {
    return n.for_questions + n.for_connections + n.for_domain + n.for_organisation + n.for_address +
           n.for_asker + n.for_chain;
}

}  // namespace

std::string census(callout::engine_numbers const& numbers) {
    std::string all;
    auto const count = [&](std::size_t how_many, std::string_view of_what) {
        if (how_many == 0) return;
        if (!all.empty()) all += ", ";
        all.append(of_what).append(": ").append(std::to_string(how_many));
    };
    count(numbers.callouts, "callouts under way");
    count(numbers.in_background, "callouts in the background");
    count(numbers.retries, "retries");
    count(numbers.running, "callouts and connections that run");
    count(numbers.waiting, "callouts and connections that wait");
    if (numbers.waiting == 0) count(waiting_by_limit(numbers.waiting_by_limit), "waiting by limit");
    count(numbers.calls, "connections over which somebody is asked");
    count(numbers.dns_questions, "questions to the name system");
    count(numbers.shared_fetches, "questions to the shared store");
    count(numbers.sessions, "sessions");
    return all;
}

}  // namespace callout::testing
