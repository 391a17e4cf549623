#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

/// What the system's errors mean for a connection. Errors that name one family of addresses are no fault of
/// the machine as a whole: it may still reach the other family.
namespace callout {

/// Returns what an error means on a connection that was open; one that is not listed ended it.
boost::system::error_code fault_of_connection(boost::system::error_code failed);

/// Returns what it means that the socket could not be opened, or not be bound to a source address.
boost::system::error_code fault_of_opening(boost::system::error_code failed);

/// Returns what it means that the connection was not made. `has_way` says whether packets to the peer could
/// leave this machine.
boost::system::error_code fault_of_connecting(boost::system::error_code failed, bool has_way);

/// Returns whether the error may mean that no packet to the peer can leave this machine.
bool hints_at_no_way(boost::system::error_code failed);

/// Returns whether this machine has an address and a route for packets to the peer. Nothing is sent.
bool has_way_to(boost::asio::ip::tcp::endpoint const& peer);

}  // namespace callout
