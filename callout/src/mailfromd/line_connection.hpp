#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <memory>
#include <span>
#include <string>

#include "callout/doors/clock.hpp"
#include "callout/mailfromd/url.hpp"

namespace callout {

/// A connection to a callout server. Each operation ends at its deadline with e_timeout. One at a time.
class line_connection {
public:
    explicit line_connection(boost::asio::any_io_executor const& executor);
    ~line_connection();
    line_connection(line_connection const&) = delete;

    boost::asio::awaitable<callout_result<void>> connect(callout_url to, steady_time until);
    boost::asio::awaitable<callout_result<void>> write(std::string text, steady_time until);
    /// Reads at least one byte; e_eof at the end.
    boost::asio::awaitable<callout_result<std::size_t>> read_some(std::span<char> into, steady_time until);
    void close() noexcept;

private:
    class timed;
    std::shared_ptr<timed> io_;
};

}  // namespace callout
