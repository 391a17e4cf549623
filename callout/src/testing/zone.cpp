#include "callout/testing/zone.hpp"

#include <algorithm>

namespace callout::testing {
namespace {

using callout::dns_answer;
using callout::dns_outcome;
using callout::record_type;

/// As many links as the real resolver follows (callout::resolver_options::max_cname).
constexpr int most_aliases = 8;

template <class Value>
Value value_for(std::map<std::string, Value> const& special, std::string const& name, Value usual) {
    auto const found = special.find(name);
    return found != special.end() ? found->second : usual;
}

}  // namespace

void zone::mx(std::string const& name, std::uint16_t preference, std::string exchange) {
    auto& answer = records_[{name, record_type::mx}];
    answer.outcome = dns_outcome::ok;
    answer.exchanges.emplace_back(preference, std::move(exchange));
    names_.insert(name);
}

void zone::address(std::string const& name, std::string_view text) {
    auto const value = boost::asio::ip::make_address(text);
    auto& answer = records_[{name, value.is_v4() ? record_type::a : record_type::aaaa}];
    answer.outcome = dns_outcome::ok;
    answer.addresses.push_back(value);
    names_.insert(name);
}

void zone::alias(std::string const& name, std::string canonical) {
    aliases_[name] = std::move(canonical);
    names_.insert(name);
}

void zone::fails(std::string const& name, record_type type, dns_outcome how) {
    records_[{name, type}] = dns_answer(how, how == dns_outcome::timed_out ? "no answer" : "SERVFAIL");
}

void zone::forget(std::string const& name) {
    std::erase_if(records_, [&](auto const& one) { return one.first.first == name; });
    aliases_.erase(name);
}

boost::asio::awaitable<dns_answer> zone::query(std::string name, record_type type,
                                               callout::steady_time until) {
    asked.emplace_back(name, type);
    auto const found = look_up(name, type);
    auto const ready = found.delay ? clock_.now() + *found.delay : callout::steady_time::max();
    auto const wake = std::min(ready, until);
    auto const bell = clock_.make_alarm();
    while (clock_.now() < wake) co_await bell->wait(wake);
    if (ready > until) co_return dns_answer(dns_outcome::timed_out, "no answer");
    co_return found.answer;
}

timed_answer zone::look_up(std::string const& name, record_type type) const {
    if (otherwise_ && !names_.contains(name) && !records_.contains({name, type}))
        return otherwise_(name, type);
    timed_answer found(find(name, type), value_for(delays_, name, delay));
    found.answer.ttl = value_for(ttls_, name, ttl);
    if (found.answer.outcome == dns_outcome::timed_out) found.delay.reset();
    return found;
}

dns_answer zone::find(std::string const& name, record_type type) const {
    auto end = name;
    for (int links = 0; aliases_.contains(end); ++links) {
        if (links == most_aliases) return dns_answer(dns_outcome::failed, "the CNAME chain is too long");
        end = aliases_.at(end);
    }
    dns_answer answer(names_.contains(end) ? dns_outcome::no_data : dns_outcome::no_domain);
    if (auto const found = records_.find({end, type}); found != records_.end()) answer = found->second;
    answer.name = end;
    return answer;
}

}  // namespace callout::testing
