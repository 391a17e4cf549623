#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "callout/doors/world.hpp"
#include "callout/options.hpp"

namespace callout {

/// The answers for A and AAAA of one name. A family that is not asked for has no data.
class both_families {
public:
    both_families() : ipv4(dns_outcome::no_data), ipv6(dns_outcome::no_data) {}
    dns_answer ipv4;
    dns_answer ipv6;
};

/// Asks both questions at the same time and returns when both are answered or `until` has come. Once IPv4 has
/// addresses, IPv6 has a short time more; what it answers later is remembered for other questions.
boost::asio::awaitable<both_families> look_up_addresses(world const& w, engine_options const& options,
                                                        std::string name, steady_time until);

}  // namespace callout
