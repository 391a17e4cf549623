#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "callout/doors/random.hpp"
#include "callout/doors/resolver.hpp"
#include "callout/options.hpp"
#include "callout/verification.hpp"
#include "core/brief.hpp"

namespace callout::core {

/// A host that takes mail for a domain.
class mail_host {
public:
    mail_host(std::string name_, std::uint16_t preference_)
        : name(std::move(name_)), preference(preference_) {}
    std::string name;
    std::uint16_t preference;

    // of an explicit route
    bool is_routed = false;
    std::uint16_t port = 0;  ///< 0: that of the options
    callout::protocol via = protocol::smtp;
};

/// A host that is not tried, and why.
class omission {
public:
    omission(std::string host_, std::string_view why_) : host(std::move(host_)), why(why_) {}
    std::string host;
    std::string_view why;
};

/// How many of the hosts that are left out are told by name; a zone may make us leave out thousands.
inline constexpr std::size_t most_told = 20;

/// The hosts to ask for a domain, in order; or what the answer of DNS alone says.
class host_plan {
public:
    std::vector<mail_host> hosts;
    std::vector<omission> left_out;         ///< the first `most_told` of them
    std::size_t untold = 0;                 ///< how many more are left out
    std::size_t beyond_limits = 0;          ///< how many of all these only a limit excludes
    std::unique_ptr<verification> verdict;  ///< null if there is a host to ask
};

/// Returns the address that stands instead of a host's name: "192.0.2.1", and "[192.0.2.1]" and
/// "[IPv6:2001:db8::1]" as in a mailbox.
std::optional<boost::asio::ip::address> address_of(std::string const& host);

/// Returns whether the MX records of `brief::first_host` say which hosts are asked.
bool wants_exchanges(brief const& what);

/// Returns the hosts of a route, HOST itself, or what RFC 5321 5.1 and RFC 7505 make of the MX answer for
/// `brief::first_host`: equal preferences are shuffled. `mx` is null if no MX is wanted.
host_plan plan_hosts(brief const& what, dns_answer const* mx, engine_options const& options, random& chance);

/// Returns one host's addresses in the order of trying: families in turn, each shuffled.
std::vector<boost::asio::ip::address> plan_addresses(std::vector<boost::asio::ip::address> ipv4,
                                                     std::vector<boost::asio::ip::address> ipv6,
                                                     engine_options const& options, random& chance);

/// Returns what it means that a host has no address to try: transient/dns if a question failed, else
/// fail/mx_unresolvable.
verification verdict_without_address(std::string const& host, dns_answer const& ipv4, dns_answer const& ipv6);

}  // namespace callout::core
