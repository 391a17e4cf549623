#include "config/own_addresses.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <cstring>

namespace vouchd {

namespace asio = boost::asio;

std::vector<asio::ip::address> own_addresses() {
    std::vector<asio::ip::address> found;
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return found;
    for (auto const* one = first; one != nullptr; one = one->ifa_next) {
        if (one->ifa_addr == nullptr) continue;
        if (one->ifa_addr->sa_family == AF_INET) {
            auto const* in = reinterpret_cast<sockaddr_in const*>(one->ifa_addr);
            found.push_back(asio::ip::address_v4(ntohl(in->sin_addr.s_addr)));
        } else if (one->ifa_addr->sa_family == AF_INET6) {
            auto const* in = reinterpret_cast<sockaddr_in6 const*>(one->ifa_addr);
            asio::ip::address_v6::bytes_type bytes;
            std::memcpy(bytes.data(), &in->sin6_addr, bytes.size());
            found.push_back(asio::ip::address_v6(bytes));
        }
    }
    ::freeifaddrs(first);
    return found;
}

}  // namespace vouchd
