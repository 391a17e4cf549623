#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "callout/clock.hpp"
#include "callout/error.hpp"

namespace callout {

using endpoint = boost::asio::ip::tcp::endpoint;
using ip_address = boost::asio::ip::address;

/// A connection to a peer. Each operation ends at its deadline with `errc::timed_out`; an end of file is
/// `errc::closed`. One operation at a time.
class stream {
public:
    virtual ~stream() = default;
    virtual boost::asio::awaitable<result<std::size_t>> read_some(std::span<char> into,
                                                                  steady_time until) = 0;
    virtual boost::asio::awaitable<result<void>> write(std::string_view bytes, steady_time until) = 0;
    virtual endpoint local() const noexcept = 0;
    virtual void close() noexcept = 0;
};

/// Makes streams. `source` is the address to bind to, if any.
class connector {
public:
    virtual ~connector() = default;
    virtual boost::asio::awaitable<result<std::unique_ptr<stream>>> connect(endpoint to,
                                                                            std::optional<ip_address> source,
                                                                            steady_time until) = 0;
};

}  // namespace callout
