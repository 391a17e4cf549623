#include "milterproto/newcomer.hpp"

#include <unistd.h>

#include <boost/asio/ip/network_v6.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstring>
#include <utility>

namespace milterproto {

namespace {

namespace asio = boost::asio;

std::optional<asio::ip::address> address_of(sockaddr_storage const& peer, socklen_t size) {
    if (peer.ss_family != AF_INET && peer.ss_family != AF_INET6) return std::nullopt;
    asio::ip::tcp::endpoint inet;
    inet.resize(size);
    std::memcpy(inet.data(), &peer, size);
    auto const address = inet.address();
    if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
}

std::optional<ucred> process_of(int descriptor, int family) {
    if (family != AF_UNIX) return std::nullopt;
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
    return peer;
}

/// A client on IPv6 has as many addresses as it likes, in one network of this size.
constexpr unsigned short prefix_of_a_client = 64;

}  // namespace

newcomer::newcomer(int descriptor, sockaddr_storage const& peer, socklen_t size) noexcept
    : descriptor_(descriptor),
      family_(peer.ss_family),
      address_(address_of(peer, size)),
      process_(process_of(descriptor, family_)) {}

newcomer::newcomer(newcomer&& other) noexcept
    : descriptor_(other.release()),
      family_(other.family_),
      address_(std::move(other.address_)),
      process_(other.process_) {}

newcomer::~newcomer() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

int newcomer::release() noexcept {
    return std::exchange(descriptor_, -1);
}

std::string newcomer::name() const {
    if (address_) return address_->to_string();
    if (!process_) return "unknown";
    return "pid " + std::to_string(process_->pid) + ", uid " + std::to_string(process_->uid);
}

std::string newcomer::client() const {
    if (address_ && address_->is_v4()) return address_->to_string();
    if (address_) return asio::ip::network_v6(address_->to_v6(), prefix_of_a_client).canonical().to_string();
    return process_ ? "uid " + std::to_string(process_->uid) : "unknown";
}

}  // namespace milterproto
