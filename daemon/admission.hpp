#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <vector>

#include "config.hpp"

/// Who a client is by its address, and what it may therefore do.
namespace vouchd {

/// Returns the IPv4 address where an IPv6 address is only its mapped form (`::ffff:192.0.2.7`), as a socket
/// that serves both families gives it. Every address of a client goes through here once, where it comes in.
boost::asio::ip::address unmapped(boost::asio::ip::address const& address);

/// Returns whether one of the networks holds the address.
bool is_in(std::vector<callout::network> const& networks, boost::asio::ip::address const& address);

/// Returns where a client of the callout server is, or nothing if it may not ask. A client without an address
/// came through a unix socket, whose file mode has let it in.
std::optional<client_place> place_of_callout_client(config const& values,
                                                    std::optional<boost::asio::ip::address> const& client);

}  // namespace vouchd
