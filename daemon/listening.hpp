#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <string>
#include <string_view>

#include "milterproto/listener.hpp"

/// How the daemon listens, on whichever of its sockets.
namespace vouchd {

/// Without descriptors accept fails at once, again and again.
inline constexpr std::chrono::milliseconds pause_without_descriptors{100};

/// Permissions as the configuration has them, in octal: "0660". They were checked with it.
unsigned permissions(std::string const& mode);

/// A bound and listening socket; a unix socket that nobody listens on any more gives way.
/// std::runtime_error that names the key and the place if there is none.
milterproto::acceptor listen_at(boost::asio::any_io_executor const& executor,
                                milterproto::socket_spec const& where, std::string const& mode,
                                std::string_view key);

}  // namespace vouchd
