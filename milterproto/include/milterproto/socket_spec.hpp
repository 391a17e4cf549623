#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "milterproto/error.hpp"

namespace milterproto {

/// Where a milter listens or is called: libmilter's and Postfix' ways to write it.
///
///     unix:/path  local:/path  :/path  /path     inet:PORT@HOST  inet:HOST:PORT  inet:PORT  inet6:PORT@[::1]
///
/// A host is an address in numbers, with or without brackets, or "localhost"; none means every interface.
class socket_spec {
public:
    enum class kind { unix_path, inet, inet6 };

    static result<socket_spec> parse(std::string_view text);

    kind family() const noexcept { return kind_; }
    std::string const& path() const noexcept { return path_; }  ///< of a unix socket
    std::uint16_t port() const noexcept { return port_; }
    std::string const& host() const noexcept { return host_; }
    boost::asio::generic::stream_protocol::endpoint endpoint() const;
    socket_spec with_port(std::uint16_t port) const { return {kind_, path_, host_, port}; }
    /// As `parse` takes it.
    std::string to_string() const;

private:
    socket_spec(kind family, std::string path, std::string host, std::uint16_t port)
        : kind_(family), path_(std::move(path)), host_(std::move(host)), port_(port) {}
    kind kind_;
    std::string path_;
    std::string host_;  ///< in numbers
    std::uint16_t port_;
};

}  // namespace milterproto
