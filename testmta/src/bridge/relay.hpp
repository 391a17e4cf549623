#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "bridge/destination.hpp"
#include "submission/client.hpp"

namespace testmta::bridge {

/// Hands each message to a next hop before the client hears that it was taken, so that a refusal reaches the
/// client in the next hop's own words, and nothing is queued. A message goes on only if the next hop takes
/// all its recipients: whom it has been delivered to, and whom not, could not be said in one reply.
std::unique_ptr<destination> to_next_hop(boost::asio::any_io_executor const& executor,
                                         submission::destination const& where, std::string const& host_name);

}  // namespace testmta::bridge
