#include "system/socket_fault.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <cerrno>

#include "callout/doors/error.hpp"

namespace callout {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

struct translation {
    int system;
    errc ours;
};
constexpr auto translations = std::to_array<translation>({
    {asio::error::connection_refused, errc::refused},
    {asio::error::network_unreachable, errc::unreachable},
    {asio::error::host_unreachable, errc::unreachable},
    {ENETDOWN, errc::unreachable},
    {EACCES, errc::unreachable},  // a local firewall answers so
    {EPERM, errc::unreachable},
    {asio::error::timed_out, errc::timed_out},
    {EMFILE, errc::local_resources},
    {ENFILE, errc::local_resources},
    {ENOBUFS, errc::local_resources},
    {ENOMEM, errc::local_resources},
    {asio::error::operation_aborted, errc::cancelled},
});

bool is_of_system(error_code failed, int value) {
    return failed.category() == boost::system::system_category() && failed.value() == value;
}

template <std::size_t N>
bool is_one_of(error_code failed, std::array<int, N> const& values) {
    return std::ranges::any_of(values, [&](int value) { return is_of_system(failed, value); });
}

/// The kernel's words for "nothing leaves here". Where IPv6 is switched off it says EADDRNOTAVAIL, where it
/// has no route ENETUNREACH, and where it was not built in EAFNOSUPPORT.
constexpr auto no_way = std::to_array({EADDRNOTAVAIL, EAFNOSUPPORT, ENETUNREACH, EHOSTUNREACH, ENETDOWN});

}  // namespace

error_code fault_of_connection(error_code failed) {
    if (!failed) return {};
    auto const found = std::ranges::find_if(
        translations, [&](translation const& one) { return is_of_system(failed, one.system); });
    return found == translations.end() ? errc::closed : found->ours;
}

error_code fault_of_opening(error_code failed) {
    if (is_of_system(failed, EADDRNOTAVAIL)) return errc::source_not_here;
    if (is_of_system(failed, EADDRINUSE)) return errc::local_resources;  // no port of the source is free
    if (is_of_system(failed, EAFNOSUPPORT)) return errc::no_way_out;
    return fault_of_connection(failed);
}

error_code fault_of_connecting(error_code failed, bool has_way) {
    if (!has_way && hints_at_no_way(failed)) return errc::no_way_out;
    if (is_of_system(failed, EADDRNOTAVAIL)) return errc::local_resources;  // no port is free towards it
    return fault_of_connection(failed);
}

bool hints_at_no_way(error_code failed) {
    return is_one_of(failed, no_way);
}

/// A datagram socket chooses its source when it is connected, as a stream does.
bool has_way_to(asio::ip::tcp::endpoint const& peer) {
    int const probe = ::socket(peer.data()->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (probe < 0) return errno != EAFNOSUPPORT;
    int const failed = ::connect(probe, peer.data(), static_cast<socklen_t>(peer.size())) == 0 ? 0 : errno;
    ::close(probe);
    return std::ranges::find(no_way, failed) == no_way.end();
}

}  // namespace callout
