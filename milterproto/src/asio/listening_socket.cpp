#include "listening_socket.hpp"

#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

namespace milterproto::detail {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

error_code last_error() {
    return {errno, boost::system::system_category()};
}

bool somebody_listens(asio::any_io_executor const& executor, socket_spec const& where) {
    asio::generic::stream_protocol::socket probe(executor);
    error_code failed;
    probe.open(where.endpoint().protocol(), failed);
    probe.non_blocking(true, failed);  // a server that is too busy to accept is there, too
    probe.connect(where.endpoint(), failed);
    return failed != boost::system::errc::connection_refused;
}

/// Removes the socket that a killed filter left behind, because bind would fail; anything else at that path
/// is not ours to remove.
error_code make_way(asio::any_io_executor const& executor, socket_spec const& where, stale_socket policy) {
    struct stat found{};
    if (::lstat(where.path().c_str(), &found) != 0) return {};
    bool const removable =
        policy == stale_socket::remove && S_ISSOCK(found.st_mode) && !somebody_listens(executor, where);
    if (!removable) return errc::socket_path_in_use;
    return ::unlink(where.path().c_str()) == 0 ? error_code() : last_error();
}

error_code give_to_group(std::string const& path, std::string const& name) {
    group entry{};
    group* found = nullptr;
    std::array<char, 16 * 1024> texts;
    if (auto const failed = ::getgrnam_r(name.c_str(), &entry, texts.data(), texts.size(), &found);
        failed != 0) {
        return {failed, boost::system::system_category()};
    }
    if (found == nullptr) return errc::no_such_group;
    return ::chown(path.c_str(), static_cast<uid_t>(-1), found->gr_gid) == 0 ? error_code() : last_error();
}

error_code set_access(socket_spec const& where, listener_options const& options) {
    if (options.socket_group) {
        if (auto const failed = give_to_group(where.path(), *options.socket_group)) return failed;
    }
    if (options.socket_mode && ::chmod(where.path().c_str(), *options.socket_mode) != 0) return last_error();
    return {};
}

bool is_bound(sockaddr_storage const& address, socklen_t size) {
    switch (address.ss_family) {
        case AF_INET: return reinterpret_cast<sockaddr_in const&>(address).sin_port != 0;
        case AF_INET6: return reinterpret_cast<sockaddr_in6 const&>(address).sin6_port != 0;
        case AF_UNIX: return size > sizeof(sa_family_t);
        default: return false;
    }
}

/// Adopts a socket that was bound before: by an init system, or by another of our threads.
result<acceptor> adopt_listener(asio::any_io_executor const& executor, int descriptor) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    int type = 0;
    socklen_t type_size = sizeof type;
    bool const is_stream = ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
                           ::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &type_size) == 0 &&
                           type == SOCK_STREAM;
    if (!is_stream || !is_bound(address, size)) return errc::not_a_socket;
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    acceptor listening(executor);
    error_code failed;
    listening.assign({address.ss_family, 0}, descriptor, failed);
    if (!failed) listening.listen(asio::socket_base::max_listen_connections, failed);
    if (!failed) return listening;
    if (listening.is_open()) listening.release();  // it stays the caller's
    return failed;
}

}  // namespace

result<acceptor> open_listening_socket(asio::any_io_executor const& executor, socket_spec const& where,
                                       listener_options const& options) {
    if (where.family() == socket_spec::kind::descriptor) return adopt_listener(executor, where.descriptor());
    bool const is_path = where.family() == socket_spec::kind::unix_path;
    if (is_path) {
        if (auto const failed = make_way(executor, where, options.stale)) return failed;
    }
    auto const endpoint = where.endpoint();
    acceptor listening(executor);
    error_code failed;
    listening.open(endpoint.protocol(), failed);
    if (failed) return failed;
    // Programs that the process starts must not inherit it.
    ::fcntl(listening.native_handle(), F_SETFD, FD_CLOEXEC);
    if (!is_path) listening.set_option(asio::socket_base::reuse_address(true), failed);
    if (!failed) listening.bind(endpoint, failed);
    if (failed) return failed;
    if (is_path) failed = set_access(where, options);
    if (!failed) listening.listen(asio::socket_base::max_listen_connections, failed);
    if (failed && is_path) ::unlink(where.path().c_str());
    if (failed) return failed;
    return listening;
}

socket_spec bound_to(acceptor const& listening, socket_spec const& asked) {
    bool const has_port =
        asked.family() == socket_spec::kind::inet || asked.family() == socket_spec::kind::inet6;
    if (!has_port) return asked;
    error_code ignored;
    auto const actual = listening.local_endpoint(ignored);
    // The port stands at the same place in sockaddr_in and sockaddr_in6.
    auto const port = ntohs(reinterpret_cast<sockaddr_in const*>(actual.data())->sin_port);
    return asked.with_port(port);
}

}  // namespace milterproto::detail
