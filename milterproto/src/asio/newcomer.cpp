#include "milterproto/newcomer.hpp"

#include <unistd.h>

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

}  // namespace

newcomer::newcomer(int descriptor, sockaddr_storage const& peer, socklen_t size) noexcept
    : descriptor_(descriptor), family_(peer.ss_family), address_(address_of(peer, size)) {}

newcomer::newcomer(newcomer&& other) noexcept
    : descriptor_(other.release()), family_(other.family_), address_(std::move(other.address_)) {}

newcomer::~newcomer() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

int newcomer::release() noexcept {
    return std::exchange(descriptor_, -1);
}

std::string newcomer::name() const {
    if (address_) return address_->to_string();
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(descriptor_, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return "unknown";
    return "pid " + std::to_string(peer.pid) + ", uid " + std::to_string(peer.uid);
}

}  // namespace milterproto
