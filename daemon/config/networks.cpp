#include "config/networks.hpp"

#include <algorithm>

namespace vouchd {

namespace ip = boost::asio::ip;

ip::address unmapped(ip::address const& address) {
    if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
    return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

bool is_in(std::vector<callout::network> const& networks, ip::address const& address) {
    return std::ranges::any_of(networks, [&](auto const& network) { return network.contains(address); });
}

}  // namespace vouchd
