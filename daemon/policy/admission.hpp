#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>

#include "config/config.hpp"

/// What a client may do, by its address.
namespace vouchd {

/// Returns where a client of the callout server is, or nothing if it may not ask. A client without an address
/// came through a unix socket, whose file mode has let it in.
std::optional<client_place> place_of_callout_client(config const& values,
                                                    std::optional<boost::asio::ip::address> const& client);

}  // namespace vouchd
