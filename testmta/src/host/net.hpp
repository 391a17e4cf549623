#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace testmta {

/// Makes an error a value: `auto const [bad, count] = co_await ...(as_value)`.
inline constexpr auto as_value = boost::asio::as_tuple(boost::asio::use_awaitable);

boost::asio::awaitable<void> sleep(std::chrono::microseconds time);

/// Lets the process have as many descriptors as it may, for a connection needs one or two.
void raise_file_limit();

/// How long an accept loop pauses after an error such as running out of descriptors, so that it does not
/// spin.
inline constexpr std::chrono::milliseconds accept_retry_delay{10};

}  // namespace testmta
