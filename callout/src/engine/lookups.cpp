#include "engine/lookups.hpp"

#include <algorithm>

#include "core/synthetic.hpp"

namespace callout {

namespace asio = boost::asio;

lookups::lookups(world const& w, engine_options const& options, reporter const& report, schedule const& time)
    : world_(w),
      options_(options),
      report_(report),
      until_(time.until),
      left_(time.pace == mode::soft ? options.dns_total
                                    : std::max(options.dns_total, options.dns_total_hard)) {}

asio::awaitable<dns_answer> lookups::exchanges(std::string const& domain) {
    auto answer = co_await ask(domain, record_type::mx);
    note(answer);
    co_return std::move(answer);
}

asio::awaitable<host_addresses> lookups::addresses(core::mail_host const& host) {
    auto const since = world_.clock.now();
    auto const answers = co_await look_up_addresses(world_, options_, host.name, until());
    spend(since);
    if (options_.use_ipv4) report_.tell(event::dns_answered{host.name, record_type::a, answers.ipv4});
    if (options_.use_ipv6) report_.tell(event::dns_answered{host.name, record_type::aaaa, answers.ipv6});
    auto ordered =
        core::plan_addresses(answers.ipv4.addresses, answers.ipv6.addresses, options_, world_.random);
    if (ordered.empty()) {
        auto why = co_await without_address(host, answers);
        co_return host_addresses(std::move(why));
    }
    auto const ttl = std::min(answers.ipv4.ttl, answers.ipv6.ttl);
    report_.tell(event::resolved{host.name, ordered, host.preference, false, ttl});
    co_return host_addresses(std::move(ordered));
}

/// A host that can be reached by the other family alone is out of our reach; it is not missing (Z097).
asio::awaitable<verification> lookups::without_address(core::mail_host const& host,
                                                       both_families const& answers) {
    note(answers);
    auto none = core::verdict_without_address(host.name, answers.ipv4, answers.ipv6);
    bool const has_another_family = options_.use_ipv4 != options_.use_ipv6;
    if (!has_another_family || none.status != status::fail) co_return std::move(none);
    auto const other = options_.use_ipv4 ? record_type::aaaa : record_type::a;
    auto const unused = co_await ask(host.name, other);
    if (unused.ok()) co_return out_of_reach(host);
    bool const is_missing =
        unused.outcome == dns_outcome::no_data || unused.outcome == dns_outcome::no_domain;
    if (!is_missing) none = core::verdict_without_address(host.name, unused, answers.ipv6);
    co_return std::move(none);
}

asio::awaitable<dns_answer> lookups::ask(std::string const& name, record_type type) {
    auto const since = world_.clock.now();
    auto answer = co_await world_.resolver.query(name, type, until());
    spend(since);
    report_.tell(event::dns_answered{name, type, answer});
    co_return std::move(answer);
}

verification lookups::out_of_reach(core::mail_host const& host) const {
    auto const why = options_.use_ipv4 ? "has IPv6 addresses alone" : "has IPv4 addresses alone";
    report_.tell(event::left_out{host.name, why});
    return core::verdict_by_fact(status::transient, reason::unreachable, scope::host, host.name + ' ' + why);
}

void lookups::note(both_families const& answers) {
    if (options_.use_ipv4) note(answers.ipv4);
    if (options_.use_ipv6) note(answers.ipv6);
}

void lookups::note(dns_answer const& answer) {
    life_ = std::min(life_, answer.ttl);
    if (answer.outcome == dns_outcome::timed_out) ran_out_of_time_ = true;
}

steady_time lookups::until() const {
    return std::min(world_.clock.now() + left_, until_);
}

void lookups::spend(steady_time since) {
    left_ -= std::min(left_, world_.clock.now() - since);
}

}  // namespace callout
