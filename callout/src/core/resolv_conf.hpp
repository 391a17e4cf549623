#pragma once

#include <boost/asio/ip/udp.hpp>
#include <string_view>
#include <vector>

namespace callout::core {

/// Returns the servers of the lines "nameserver ADDRESS" (resolv.conf(5)), at most 16. What is not an
/// address, or has a zone, which c-ares 1.18 cannot ask, is passed over; so is every other line, because
/// names are absolute and time is ours.
std::vector<boost::asio::ip::udp::endpoint> servers_in(std::string_view resolv_conf);

}  // namespace callout::core
