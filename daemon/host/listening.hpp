#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <string>
#include <string_view>

#include "milterproto/listener.hpp"

/// How the daemon listens on its sockets.
namespace vouchd {

/// Returns what is said where a socket cannot be listened on: the key, the place, the cause and a remedy.
std::string listening_fault(std::string_view key, milterproto::socket_spec const& where,
                            boost::system::error_code why);

/// Returns a bound and listening socket. Throws std::runtime_error with `listening_fault`.
milterproto::listener listen_at(boost::asio::any_io_executor const& executor,
                                milterproto::socket_spec const& where,
                                milterproto::listener_options const& options, std::string_view key);

/// Returns the socket of a connection that was accepted, which is the caller's from now on.
boost::asio::generic::stream_protocol::socket keep(milterproto::newcomer& peer,
                                                   boost::asio::any_io_executor const& executor);

}  // namespace vouchd
