#pragma once

#include <boost/asio/ip/address.hpp>
#include <vector>

namespace vouchd {

/// Returns the addresses of this machine's interfaces, loopback among them.
std::vector<boost::asio::ip::address> own_addresses();

}  // namespace vouchd
