#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <optional>
#include <string>

#include "milterproto/core/error.hpp"
#include "milterproto/socket_spec.hpp"

namespace milterproto {

/// What to do with a path that exists when a unix socket is bound (libmilter: the argument of
/// smfi_opensocket).
enum class stale_socket {
    refuse,
    remove,  ///< if it is a socket that nobody listens on; never anything else
};

class listener_options {
public:
    listener_options() {}
    stale_socket stale = stale_socket::refuse;
    std::optional<unsigned> socket_mode;      ///< of unix sockets, such as 0660
    std::optional<std::string> socket_group;  ///< by name
};

using acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

/// A bound and listening socket, closed to programs that the process starts. As many clients wait as the
/// system allows (libmilter: smfi_setbacklog).
[[nodiscard]] result<acceptor> open_listener(boost::asio::any_io_executor const& executor,
                                             socket_spec const& where, listener_options const& options);

/// Returns what is wrong where a socket cannot be listened on, and what to do about it, for people.
std::string explain_listening(socket_spec const& where, boost::system::error_code why);

/// Where it listens in truth: a port of 0 has become a number.
socket_spec bound_to(acceptor const& listening, socket_spec const& asked);

}  // namespace milterproto
