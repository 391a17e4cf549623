#include "system/local_routes.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace callout {
namespace {

namespace ip = boost::asio::ip;

/// One question for a route, as the kernel wants it laid out.
struct question_of_route {
    nlmsghdr header;
    rtmsg route;
    rtattr destination;
    std::array<unsigned char, sizeof(ip::address_v6::bytes_type)> bytes;
};

constexpr std::size_t longest_answer = 4096;

template <class Bytes>
std::size_t fill(question_of_route& q, Bytes const& bytes) {
    std::ranges::copy(bytes, q.bytes.begin());
    q.destination.rta_type = RTA_DST;
    q.destination.rta_len = static_cast<unsigned short>(RTA_LENGTH(bytes.size()));
    q.route.rtm_dst_len = static_cast<unsigned char>(8 * bytes.size());
    return offsetof(question_of_route, bytes) + bytes.size();
}

}  // namespace

local_routes::local_routes() : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)) {}

local_routes::~local_routes() {
    if (socket_ >= 0) ::close(socket_);
}

bool local_routes::lead_to(ip::address const& address) noexcept {
    if (socket_ < 0) return false;
    question_of_route q{};
    auto const size =
        address.is_v4() ? fill(q, address.to_v4().to_bytes()) : fill(q, address.to_v6().to_bytes());
    q.header.nlmsg_len = static_cast<unsigned>(size);
    q.header.nlmsg_type = RTM_GETROUTE;
    q.header.nlmsg_flags = NLM_F_REQUEST;
    q.route.rtm_family = address.is_v4() ? AF_INET : AF_INET6;
    if (::send(socket_, &q, size, MSG_DONTWAIT) != static_cast<ssize_t>(size)) return false;
    // The kernel answers before `send` returns.
    alignas(nlmsghdr) std::array<char, longest_answer> answer;
    auto const got = ::recv(socket_, answer.data(), answer.size(), MSG_DONTWAIT);
    if (got < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(rtmsg)))) return false;
    nlmsghdr header;
    rtmsg route;
    std::memcpy(&header, answer.data(), sizeof header);
    std::memcpy(&route, answer.data() + NLMSG_HDRLEN, sizeof route);
    return header.nlmsg_type == RTM_NEWROUTE && route.rtm_type == RTN_LOCAL;
}

}  // namespace callout
