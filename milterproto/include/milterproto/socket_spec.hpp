#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "milterproto/core/error.hpp"

namespace milterproto {

/// Where a milter listens or is called, as libmilter (smfi_setconn) and Postfix write it.
///
///     unix:/path  local:/path  :/path  /path     inet:PORT@HOST  inet:HOST:PORT  inet:PORT  inet6:PORT@[::1]
///     fd:NUMBER   a socket that is bound or listens already, given by the process that started the program
///
/// A host is an IP address, with or without brackets, "localhost", or "*" for every interface of the family.
/// Without a host it is "localhost": a client that may call a filter may make it read mail, so other machines
/// must be allowed explicitly. (libmilter takes every interface then.) A port is a number or the name of a
/// TCP service, which is looked up when the text is read.
class socket_spec {
public:
    enum class kind { unix_path, inet, inet6, descriptor };

    /// Fails with `errc::socket_spec_malformed`, `errc::socket_path_too_long` or `errc::no_such_service`.
    [[nodiscard]] static result<socket_spec> parse(std::string_view text);
    static socket_spec of_descriptor(int number) { return {kind::descriptor, {}, {}, 0, number}; }

    kind family() const noexcept { return kind_; }
    std::string const& path() const noexcept { return path_; }  ///< of a unix socket
    std::uint16_t port() const noexcept { return port_; }
    std::string const& host() const noexcept { return host_; }
    int descriptor() const noexcept { return descriptor_; }
    /// Returns the address, for all kinds but a descriptor.
    boost::asio::generic::stream_protocol::endpoint endpoint() const;
    socket_spec with_port(std::uint16_t port) const { return {kind_, path_, host_, port, descriptor_}; }
    /// Returns the text as `parse` takes it.
    std::string to_string() const;

private:
    socket_spec(kind family, std::string path, std::string host, std::uint16_t port, int descriptor)
        : kind_(family),
          path_(std::move(path)),
          host_(std::move(host)),
          port_(port),
          descriptor_(descriptor) {}
    kind kind_;
    std::string path_;
    std::string host_;  ///< an IP address
    std::uint16_t port_;
    int descriptor_;
};

}  // namespace milterproto
