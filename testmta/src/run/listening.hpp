#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <optional>

#include "milterproto/listener.hpp"

namespace testmta::run {

/// Listens where a milter or a proxy of milters is to be reached; a unix socket that nobody listens at any
/// more is replaced, and gets these permissions. Throws `usage_error` with the reason and the remedy.
std::unique_ptr<milterproto::listener> listen_at(boost::asio::any_io_executor const& executor,
                                                 milterproto::socket_spec const& where,
                                                 std::optional<unsigned> socket_mode);

}  // namespace testmta::run
