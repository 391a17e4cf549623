#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include "milterproto/listener.hpp"

namespace milterproto::detail {

using acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

/// Returns a bound and listening socket, which is closed in programs that the process starts. As many clients
/// may wait as the system allows (libmilter: smfi_setbacklog).
result<acceptor> open_listening_socket(boost::asio::any_io_executor const& executor, socket_spec const& where,
                                       listener_options const& options);

/// Returns where it really listens: a port of 0 has become a number.
socket_spec bound_to(acceptor const& listening, socket_spec const& asked);

}  // namespace milterproto::detail
