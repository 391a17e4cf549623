#pragma once

#include <boost/asio/ip/address.hpp>
#include <vector>

#include "callout/fence.hpp"

/// Addresses of clients, and the lists of networks that a configuration names.
namespace vouchd {

/// Returns the IPv4 address where an IPv6 address is only its mapped form (`::ffff:192.0.2.7`), as a socket
/// that serves both families gives it. Every address of a client goes through here once, where it comes in.
boost::asio::ip::address unmapped(boost::asio::ip::address const& address);

/// Returns whether one of the networks holds the address.
bool is_in(std::vector<callout::network> const& networks, boost::asio::ip::address const& address);

}  // namespace vouchd
