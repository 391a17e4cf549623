#pragma once

#include <boost/asio/ip/address.hpp>

namespace callout {

/// The kernel's own word on which addresses are this machine's, at the moment of asking: it looks the address
/// up as it would to send a packet there (rtnetlink(7)). Nothing is sent.
class local_routes {
public:
    local_routes();
    ~local_routes();
    local_routes(local_routes const&) = delete;

    /// False, too, where the kernel cannot be asked.
    bool lead_to(boost::asio::ip::address const& address) noexcept;

private:
    int socket_;
};

}  // namespace callout
