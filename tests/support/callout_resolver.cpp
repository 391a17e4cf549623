#include "callout_resolver.hpp"

#include <algorithm>

#include "callout_address.hpp"

namespace test {

using callout::dns_answer;
using callout::dns_outcome;
using callout::record_type;

void callout_resolver::mx(std::string const& name, std::uint16_t preference, std::string exchange) {
    auto& answer = zone_[{name, record_type::mx}];
    answer.outcome = dns_outcome::ok;
    answer.exchanges.emplace_back(preference, std::move(exchange));
    names_.insert(name);
}

void callout_resolver::address(std::string const& name, std::string_view text) {
    auto const value = ip(text);
    auto& answer = zone_[{name, value.is_v4() ? record_type::a : record_type::aaaa}];
    answer.outcome = dns_outcome::ok;
    answer.addresses.push_back(value);
    names_.insert(name);
}

void callout_resolver::forget(std::string const& name) {
    std::erase_if(zone_, [&](auto const& one) { return one.first.first == name; });
}

void callout_resolver::fails(std::string const& name, record_type type, dns_outcome how) {
    zone_[{name, type}] = dns_answer(how, "SERVFAIL");
}

boost::asio::awaitable<dns_answer> callout_resolver::query(std::string name, record_type type,
                                                           callout::steady_time until) {
    asked.emplace_back(name, type);
    auto const answer = find(name, type);
    if (delay.count() > 0) {
        auto const ready = clock_.now() + delay;
        auto const bell = clock_.make_alarm();
        co_await bell->wait(std::min(ready, until));
        if (ready > until) co_return dns_answer(dns_outcome::timed_out);
    }
    if (answer.outcome == dns_outcome::timed_out) {
        auto const bell = clock_.make_alarm();
        co_await bell->wait(until);
    }
    co_return answer;
}

dns_answer callout_resolver::find(std::string const& name, record_type type) const {
    dns_answer answer(names_.contains(name) ? dns_outcome::no_data : dns_outcome::no_domain);
    if (auto const found = zone_.find({name, type}); found != zone_.end()) answer = found->second;
    answer.ttl = ttl;
    return answer;
}

}  // namespace test
