#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <string>

namespace testmta::bridge {

/// Returns the name of a client's host, if its address leads to the name and the name to the address; empty
/// otherwise. Ends after some seconds, as the system's resolver does.
boost::asio::awaitable<std::string> client_name(boost::asio::ip::address address);

}  // namespace testmta::bridge
