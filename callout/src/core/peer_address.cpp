#include "callout/peer_address.hpp"

#include <algorithm>
#include <array>

namespace callout {
namespace {

namespace ip = boost::asio::ip;

constexpr std::array<unsigned char, 12> well_known_nat64{0x00, 0x64, 0xff, 0x9b};  // 64:ff9b::/96

ip::address_v4 last_four(ip::address_v6::bytes_type const& bytes) {
    ip::address_v4::bytes_type inner;
    std::copy(bytes.end() - inner.size(), bytes.end(), inner.begin());
    return ip::address_v4(inner);
}

ip::address identity_of(ip::address const& any) {
    if (any.is_v4()) return any;
    auto const bytes = any.to_v6().to_bytes();
    bool const is_nat64 = std::equal(well_known_nat64.begin(), well_known_nat64.end(), bytes.begin());
    if (is_nat64 || any.to_v6().is_v4_mapped()) return last_four(bytes);
    return ip::address_v6(bytes);
}

std::string first_bytes(ip::address const& of, std::size_t of_ipv4, std::size_t of_ipv6) {
    auto const take = [](auto const& bytes, std::size_t count) {
        return std::string(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
    };
    return of.is_v4() ? take(of.to_v4().to_bytes(), of_ipv4) : take(of.to_v6().to_bytes(), of_ipv6);
}

}  // namespace

peer_address::peer_address(ip::address const& any) : value_(identity_of(any)) {}

std::string peer_address::bytes() const {
    return first_bytes(value_, 4, 16);
}

std::string peer_address::subscriber() const {
    return first_bytes(value_, 4, 8);
}

std::string peer_address::network() const {
    return first_bytes(value_, 3, 8);
}

ip::address unmapped(ip::address const& any) {
    bool const is_mapped = any.is_v6() && any.to_v6().is_v4_mapped();
    return is_mapped ? ip::address(last_four(any.to_v6().to_bytes())) : any;
}

}  // namespace callout
