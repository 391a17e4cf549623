#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "milterproto/task.hpp"

namespace milterproto {

/// Wakes the coroutines of one loop that wait for it, all at once. Each checks for itself whether what it
/// waits for has happened.
class bell {
public:
    explicit bell(boost::asio::any_io_executor const& executor)
        : never_(executor, boost::asio::steady_timer::time_point::max()) {}

    /// Returns when it is rung, or when the coroutine is cancelled: its next wait throws then.
    task<> wait() { co_await never_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable)); }
    void ring() { never_.cancel(); }

private:
    boost::asio::steady_timer never_;
};

}  // namespace milterproto
