#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "callout/doors/world.hpp"
#include "sending/notifier.hpp"
#include "submission/client.hpp"

namespace submission::shell {

class host_to_try {
public:
    host_to_try(std::string name_, std::uint16_t preference_)
        : name(std::move(name_)), preference(preference_) {}
    std::string name;
    std::uint16_t preference;
};

/// Returns the hosts of a destination in the order of trying, by callout's plan (RFC 5321 5.1, RFC 7505).
boost::asio::awaitable<result<std::vector<host_to_try>>> find_hosts(callout::world const& doors,
                                                                    client_options const& options,
                                                                    destination const& to,
                                                                    sending::notifier const& tell);

/// Returns the addresses of a host in the order of trying.
boost::asio::awaitable<result<std::vector<callout::ip_address>>> find_addresses(
    callout::world const& doors, client_options const& options, host_to_try const& host,
    sending::notifier const& tell);

}  // namespace submission::shell
