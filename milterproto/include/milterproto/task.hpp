#pragma once

#include <boost/asio/awaitable.hpp>

namespace milterproto {

/// What a callback returns; it may `co_await` anything.
template <class T = void>
using task = boost::asio::awaitable<T>;

}  // namespace milterproto
