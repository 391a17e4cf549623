#pragma once

#include <sys/socket.h>

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>

namespace milterproto {

/// A connection that a listener has accepted and that nobody owns yet: it is closed unless it is released.
class newcomer {
public:
    newcomer(int descriptor, sockaddr_storage const& peer, socklen_t size) noexcept;
    newcomer(newcomer&& other) noexcept;
    newcomer& operator=(newcomer&&) = delete;
    ~newcomer();

    /// Returns the descriptor, which does not block and is closed in programs that the process starts.
    int descriptor() const noexcept { return descriptor_; }
    /// Returns the descriptor, which is the caller's from now on.
    [[nodiscard]] int release() noexcept;

    /// Returns the IP address, or nothing for a unix socket. An IPv4 client has an IPv4 address also on an
    /// IPv6 socket.
    std::optional<boost::asio::ip::address> const& address() const noexcept { return address_; }
    /// Returns AF_INET, AF_INET6 or AF_UNIX.
    int family() const noexcept { return family_; }
    /// Returns how logs name the peer: by its address, or, at a unix socket, by the process that MTAs log,
    /// such as "pid 4711, uid 105".
    std::string name() const;
    /// Returns whose connections count together when there are too many: those of an IPv4 address, of a /64
    /// network of IPv6, or of a user at a unix socket.
    std::string client() const;

private:
    int descriptor_;
    int family_;
    std::optional<boost::asio::ip::address> address_;
    std::optional<ucred> process_;  ///< at the other end of a unix socket
};

}  // namespace milterproto
