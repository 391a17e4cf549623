#pragma once

#include <boost/asio/ip/address.hpp>
#include <string_view>

namespace test {

/// Returns the address that is written so.
inline boost::asio::ip::address ip(std::string_view text) {
    return boost::asio::ip::make_address(text);
}

}  // namespace test
