#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <cstdint>
#include <vector>

#include "world/peers/dns_lookup.hpp"

namespace testmta::world::dns {

/// The fake name server: UDP and TCP on one port of 127.0.0.1.
class server {
public:
    /// Listens. Port 0 chooses a free port. Throws std::runtime_error.
    server(boost::asio::any_io_executor executor, std::vector<zone> zones, std::uint16_t port);

    std::uint16_t port() const { return udp_.local_endpoint().port(); }
    void serve();
    /// Answers from these zones from now on. Every name is looked up for the first time again.
    void replace(std::vector<zone> zones) {
        zones_ = std::move(zones);
        earlier_ = memory();
    }

private:
    boost::system::error_code try_port(std::uint16_t port);

    std::vector<zone> zones_;
    memory earlier_;
    boost::asio::ip::udp::socket udp_;
    boost::asio::ip::tcp::acceptor tcp_;
};

}  // namespace testmta::world::dns
