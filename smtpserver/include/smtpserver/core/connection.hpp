#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <string>

namespace smtpserver {

/// Who is at the other end.
struct client {
    std::optional<boost::asio::ip::address> address;  ///< nothing for a unix socket
    std::uint16_t port = 0;
    std::string name;  ///< of the host, if it is known; or of the process at a unix socket
};

enum class hello_verb : std::uint8_t { none, helo, ehlo, lhlo };

/// What TLS protects a connection.
struct tls_facts {
    std::string version;  ///< such as "TLSv1.3"
    std::string cipher;
};

/// What a server knows of a connection. An application reads it; the session keeps it up to date.
struct connection {
    std::uint64_t number = 0;  ///< unique in one server
    smtpserver::client client;
    std::string hello;  ///< what the client calls itself in HELO, EHLO or LHLO
    hello_verb verb = hello_verb::none;
    std::optional<tls_facts> tls;
    std::string user;  ///< that AUTH has authenticated; empty otherwise
    /// What a listed proxy said of itself by XCLIENT: `client`, and perhaps `user`, are then as it told.
    bool is_told_by_xclient = false;
};

}  // namespace smtpserver
