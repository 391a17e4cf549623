#include "core/plan.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "callout/peer_address.hpp"
#include "core/dns_limits.hpp"
#include "core/synthetic.hpp"

namespace callout::core {
namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t max_addresses = 16;

/// Shuffles as Fisher and Yates do. The remainder favours none measurably: a few records share 64 bits of
/// chance.
template <class Iterator>
void shuffle(Iterator begin, Iterator end, random& chance) {
    for (auto left = end - begin; left > 1; --left) {
        auto const pick = static_cast<std::ptrdiff_t>(chance.next() % static_cast<std::uint64_t>(left));
        std::iter_swap(begin + pick, begin + (left - 1));
    }
}

void shuffle_equals(std::vector<mail_host>& hosts, random& chance) {
    for (auto begin = hosts.begin(); begin != hosts.end();) {
        auto const end = std::ranges::find_if(
            begin, hosts.end(), [&](mail_host const& h) { return h.preference != begin->preference; });
        shuffle(begin, end, chance);
        begin = end;
    }
}

void leave_out(host_plan& plan, std::string const& host, std::string_view why) {
    if (plan.left_out.size() < most_told) {
        plan.left_out.emplace_back(host, why);
    } else {
        ++plan.untold;
    }
}

void keep(host_plan& plan, std::size_t most, std::string_view why) {
    while (plan.hosts.size() > most) {
        leave_out(plan, plan.hosts.back().name, why);
        plan.hosts.pop_back();
        ++plan.beyond_limits;
    }
}

/// Where as many exchanges were kept as are at all, some of the others were beyond that limit.
void note_what_dns_left_out(host_plan& plan, dns_answer const& mx) {
    plan.untold += mx.left_out;
    if (mx.exchanges.size() >= most_exchanges) plan.beyond_limits += mx.left_out;
}

host_plan by_exchanges(dns_answer const& mx, engine_options const& options, random& chance) {
    host_plan plan;
    for (auto const& record : mx.exchanges) {
        if (record.exchange.empty()) {
            leave_out(plan, ".", "null MX among others");
        } else if (options.mx_ip_literal == mx_ip_literal::ignore && address_of(record.exchange)) {
            leave_out(plan, record.exchange, "an address instead of a name");
        } else {
            plan.hosts.emplace_back(record.exchange, record.preference);
        }
    }
    std::ranges::sort(plan.hosts, std::less(), &mail_host::preference);
    shuffle_equals(plan.hosts, chance);
    keep(plan, most_exchanges, "too many MX records");
    keep(plan, options.max_mx, "beyond max_mx");
    note_what_dns_left_out(plan, mx);
    return plan;
}

/// An AAAA record may hold a mapped address, which is one of IPv4, and often there already.
void move_mapped(std::vector<ip::address>& from, std::vector<ip::address>& to,
                 engine_options const& options) {
    auto const is_mapped = [](ip::address const& one) { return one.is_v6() && one.to_v6().is_v4_mapped(); };
    for (auto const& one : from) {
        bool const is_wanted = options.use_ipv4 && is_mapped(one);
        if (is_wanted && std::ranges::count(to, unmapped(one)) == 0) to.push_back(unmapped(one));
    }
    std::erase_if(from, is_mapped);
}

host_plan by_fact(reason why, std::string const& text) {
    host_plan plan;
    plan.verdict = std::make_unique<verification>(verdict_by_fact(status::fail, why, scope::domain, text));
    return plan;
}

host_plan implicit(std::string const& domain, dns_answer const& mx) {
    host_plan plan;
    plan.hosts.emplace_back(mx.name.empty() ? domain : mx.name, std::uint16_t(0));
    return plan;
}

host_plan by_dns_failure(std::string const& domain, dns_answer const& mx) {
    host_plan plan;
    auto const cause = mx.outcome == dns_outcome::timed_out ? std::string("no answer in time") : mx.detail;
    plan.verdict = std::make_unique<verification>(
        verdict_by_fact(status::transient, reason::dns, scope::domain, domain + ": DNS: " + cause));
    return plan;
}

bool is_null_mx(dns_answer const& mx) {
    return mx.exchanges.size() == 1 && mx.left_out == 0 && mx.exchanges.front().exchange.empty();
}

host_plan by_answer(dns_answer const& mx, brief const& what, engine_options const& options, random& chance) {
    auto const& domain = what.first_host();
    switch (mx.outcome) {
        case dns_outcome::no_domain: return by_fact(reason::no_domain, domain + " does not exist");
        case dns_outcome::no_data:
            if (what.implicit_mx) return implicit(domain, mx);
            return by_fact(reason::mx_unresolvable, domain + " has no MX record");
        case dns_outcome::failed:
        case dns_outcome::timed_out: return by_dns_failure(domain, mx);
        case dns_outcome::ok: break;
    }
    if (is_null_mx(mx)) return by_fact(reason::null_mx, domain + " accepts no mail (null MX)");
    auto plan = by_exchanges(mx, options, chance);
    if (plan.hosts.empty()) {
        plan.verdict = std::make_unique<verification>(verdict_by_fact(
            status::fail, reason::mx_unresolvable, scope::domain, domain + " has no MX that can be used"));
    }
    return plan;
}

host_plan by_route(route const& hosts) {
    host_plan plan;
    for (auto const& one : hosts) {
        auto& host = plan.hosts.emplace_back(one.host.text(), std::uint16_t(0));
        host.is_routed = true;
        host.port = one.port;
        host.via = one.via;
    }
    return plan;
}

/// Puts HOST first: it is asked whatever its MX records say.
void put_first(std::string const& name, host_plan& plan) {
    plan.verdict.reset();
    std::erase_if(plan.hosts, [&](mail_host const& host) { return host.name == name; });
    for (auto& host : plan.hosts) host.preference |= 1u;  // after HOST itself
    plan.hosts.emplace(plan.hosts.begin(), name, std::uint16_t(0));
}

bool is_routed(brief const& what) {
    return what.hosts.mode == host_mode::mxfirst && !what.route.empty();
}

/// Returns whether only its exchanges are asked, and not the host itself.
bool is_domain(brief const& what) {
    bool const names_domain = what.hosts.mode == host_mode::mxfirst && !what.address.is_literal();
    return names_domain || what.hosts.mode == host_mode::mxonly;
}

}  // namespace

std::optional<ip::address> address_of(std::string const& host) {
    if (host.starts_with('[')) {
        auto const box = mailbox::parse("x@" + host);
        return box && box->literal() ? std::optional(unmapped(*box->literal())) : std::nullopt;
    }
    boost::system::error_code none;
    auto const address = ip::make_address(host, none);
    return none ? std::nullopt : std::optional(unmapped(address));
}

bool wants_exchanges(brief const& what) {
    if (is_routed(what)) return false;
    bool const has_more = what.hosts.mode == host_mode::hostfirst && !address_of(what.first_host());
    return is_domain(what) || has_more;
}

host_plan plan_hosts(brief const& what, dns_answer const* mx, engine_options const& options, random& chance) {
    if (is_routed(what)) return by_route(what.route);
    auto plan = mx != nullptr ? by_answer(*mx, what, options, chance) : host_plan();
    if (!is_domain(what)) put_first(what.first_host(), plan);
    return plan;
}

std::vector<ip::address> plan_addresses(std::vector<ip::address> ipv4, std::vector<ip::address> ipv6,
                                        engine_options const& options, random& chance) {
    move_mapped(ipv6, ipv4, options);
    shuffle(ipv4.begin(), ipv4.end(), chance);
    shuffle(ipv6.begin(), ipv6.end(), chance);
    auto const& first = options.prefer_ipv4 ? ipv4 : ipv6;
    auto const& second = options.prefer_ipv4 ? ipv6 : ipv4;
    std::vector<ip::address> order;
    for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
        if (i < first.size()) order.push_back(first[i]);
        if (i < second.size()) order.push_back(second[i]);
    }
    if (order.size() > max_addresses) order.resize(max_addresses);
    return order;
}

verification verdict_without_address(std::string const& host, dns_answer const& ipv4,
                                     dns_answer const& ipv6) {
    auto const failed = [](dns_answer const& a) {
        return a.outcome == dns_outcome::failed || a.outcome == dns_outcome::timed_out;
    };
    if (failed(ipv4) || failed(ipv6)) {
        return verdict_by_fact(status::transient, reason::dns, scope::domain, host + ": DNS gives no answer");
    }
    return verdict_by_fact(status::fail, reason::mx_unresolvable, scope::domain, host + " has no address");
}

}  // namespace callout::core
