#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include "milterproto/server.hpp"

namespace milterproto::detail {

using acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

/// A bound and listening socket, with the mode and group that the options ask for.
result<acceptor> open_listener(boost::asio::any_io_executor executor, socket_spec const& where,
                               server_options const& options);

/// Where it listens in truth: a port of 0 has become a number.
socket_spec bound_to(acceptor const& listening, socket_spec const& asked);

}  // namespace milterproto::detail
