#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>

namespace callout {

/// The address of a machine as the fence, the limits and the memory know it. The same machine has one,
/// however it is written: an IPv4 address that is mapped into IPv6 (RFC 4291 2.5.5.2) or carried by the
/// well-known prefix of NAT64 (RFC 6052 2.1) is that IPv4 address, and a zone is left out.
class peer_address {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): every address is one
    peer_address(boost::asio::ip::address const& any);

    boost::asio::ip::address const& value() const& noexcept { return value_; }
    boost::asio::ip::address value() && noexcept { return value_; }
    std::string to_string() const { return value_.to_string(); }

    /// Returns its bytes: 4 or 16.
    std::string bytes() const;
    /// Returns the bytes that are the same for all addresses that one customer of a network has to himself: 4
    /// of IPv4, or the 8 of IPv6's /64 (RFC 6177).
    std::string subscriber() const;
    /// Returns the bytes of its neighbourhood: the 3 of IPv4's /24, or the 8 of IPv6's /64.
    std::string network() const;

    bool operator==(peer_address const&) const = default;

private:
    boost::asio::ip::address value_;
};

/// Returns the address to connect to, where it is not the one that is written: a socket of IPv6 that is
/// connected to a mapped address speaks IPv4.
boost::asio::ip::address unmapped(boost::asio::ip::address const& any);

}  // namespace callout
