#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "callout/doors/error.hpp"
#include "callout/peer_address.hpp"

namespace callout {

/// A network of either family; `parse` takes `192.0.2.0/24`, `2001:db8::/32` or a bare address. A mapped form
/// (`::ffff:192.0.2.0/120`) is the network of IPv4 that it stands for.
class network {
public:
    [[nodiscard]] static result<network> parse(std::string_view text);
    bool contains(boost::asio::ip::address const& address) const noexcept;
    std::string to_string() const;

private:
    network(boost::asio::ip::address base, unsigned bits) : base_(base), bits_(bits) {}
    boost::asio::ip::address base_;
    unsigned bits_;
};

/// Whether an address may be connected to, and why.
class [[nodiscard]] fence_verdict {
public:
    fence_verdict(bool may, std::string why) : allowed(may), rule(std::move(why)) {}
    static fence_verdict of_ourselves();
    bool allowed;
    /// "public", "allow 127.0.0.0/8", "special-purpose: loopback", "own address", "deny ...".
    std::string rule;
    /// The address is refused because it is one of our own: error/self, not error/forbidden_target.
    bool own = false;
};

class fence_options {
public:
    fence_options() {}
    bool deny_special_purpose = true;
    bool deny_own_addresses = true;
    std::vector<network> deny;
    std::vector<network> allow;  ///< wins over every deny
    /// Besides those that the machine has when it connects (`connector::leads_home`), such as the public
    /// address that a router translates.
    std::vector<peer_address> own_addresses;
};

/// What the machine says of an address at the moment of connecting.
enum class whose_address { ours, of_another };

/// Keeps callouts out of networks that a stranger's zone must not steer us into (smtp-callout.md 2.4). The
/// engine checks at connect time the very address that it connects to.
class fence {
public:
    explicit fence(fence_options options) : options_(std::move(options)) {}
    /// Returns whether the verdict depends on whose the address is. To find out costs system calls.
    bool asks_whose(boost::asio::ip::address const& address) const;
    fence_verdict check(boost::asio::ip::address const& address,
                        whose_address whose = whose_address::of_another) const;

private:
    network const* allowance_for(boost::asio::ip::address const& address) const;

    fence_options options_;
};

}  // namespace callout
