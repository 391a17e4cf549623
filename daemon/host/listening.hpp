#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <string_view>

#include "milterproto/listener.hpp"

/// How the daemon listens, on whichever of its sockets.
namespace vouchd {

/// Without descriptors accept fails at once, again and again.
inline constexpr std::chrono::milliseconds pause_without_descriptors{100};

/// Opens a bound and listening socket. Throws std::runtime_error that names the key and the place.
milterproto::acceptor listen_at(boost::asio::any_io_executor const& executor,
                                milterproto::socket_spec const& where,
                                milterproto::listener_options const& options, std::string_view key);

}  // namespace vouchd
