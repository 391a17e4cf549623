#include "shell/hosts.hpp"

#include "core/brief.hpp"
#include "core/plan.hpp"
#include "engine/address_lookup.hpp"

namespace submission::shell {
namespace {

namespace asio = boost::asio;

callout::engine_options for_callout(client_options const& options) {
    callout::engine_options made;
    made.use_ipv4 = options.use_ipv4;
    made.use_ipv6 = options.use_ipv6;
    made.max_mx = options.max_hosts;
    return made;
}

errc error_of(callout::reason why) {
    switch (why) {
        case callout::reason::no_domain: return errc::no_such_domain;
        case callout::reason::null_mx: return errc::null_mx;
        case callout::reason::dns: return errc::dns_failed;
        default: return errc::no_host;
    }
}

/// RFC 6761 6.3: no name server is asked for it.
std::vector<callout::ip_address> loopback(client_options const& options) {
    std::vector<callout::ip_address> all;
    if (options.use_ipv4) all.emplace_back(asio::ip::address_v4::loopback());
    if (options.use_ipv6) all.emplace_back(asio::ip::address_v6::loopback());
    return all;
}

}  // namespace

asio::awaitable<result<std::vector<host_to_try>>> find_hosts(callout::world const& doors,
                                                             client_options const& options,
                                                             destination const& to,
                                                             sending::notifier const& tell) {
    std::vector<host_to_try> all;
    auto const address = callout::mailbox::parse("postmaster@" + to.host());
    bool const is_domain = to.is_domain() && address && !address->is_literal();
    if (!is_domain) {
        all.emplace_back(to.host(), std::uint16_t(0));
        co_return all;
    }
    auto const wanted = for_callout(options);
    callout::core::brief const what(callout::request(*address), wanted);
    auto const until = doors.clock.now() + options.dns;
    auto const mx = co_await doors.resolver.query(to.host(), callout::record_type::mx, until);
    auto const plan = callout::core::plan_hosts(what, &mx, wanted, doors.random);
    if (plan.verdict) {
        auto const why = error_of(plan.verdict->reason);
        std::vector<callout::ip_address> const none;
        if (why == errc::null_mx) tell.tell(event::resolved{to.host(), none, 0, true, mx.ttl});
        co_return why;
    }
    for (auto const& one : plan.hosts) all.emplace_back(one.name, one.preference);
    co_return all;
}

asio::awaitable<result<std::vector<callout::ip_address>>> find_addresses(callout::world const& doors,
                                                                         client_options const& options,
                                                                         host_to_try const& host,
                                                                         sending::notifier const& tell) {
    std::vector<callout::ip_address> all;
    std::chrono::seconds ttl{0};
    auto const wanted = for_callout(options);
    if (auto const address = callout::core::address_of(host.name)) {
        all.push_back(*address);
    } else if (host.name == "localhost") {
        all = loopback(options);
    } else {
        auto const until = doors.clock.now() + options.dns;
        auto const found = co_await callout::look_up_addresses(doors, wanted, host.name, until);
        all = callout::core::plan_addresses(found.ipv4.addresses, found.ipv6.addresses, wanted, doors.random);
        ttl = found.ipv4.ok() ? found.ipv4.ttl : found.ipv6.ttl;
        auto const none = callout::core::verdict_without_address(host.name, found.ipv4, found.ipv6);
        if (all.empty()) co_return error_of(none.reason);
    }
    tell.tell(event::resolved{host.name, all, host.preference, false, ttl});
    co_return all;
}

}  // namespace submission::shell
