#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace testmta {

/// Errors are values: `auto const [bad, count] = co_await ...(as_value)`.
inline constexpr auto as_value = boost::asio::as_tuple(boost::asio::use_awaitable);

boost::asio::awaitable<void> sleep(std::chrono::microseconds time);

/// Out of descriptors: whoever accepts must not spin until there are some.
inline constexpr std::chrono::milliseconds accept_again{10};

}  // namespace testmta
