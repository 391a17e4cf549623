#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>
#include <utility>
#include <vector>

#include "callout/doors/clock.hpp"
#include "system/sqlite_reader.hpp"

/// What the threads of a lasting store are given, and who waits for them on the loop.
namespace callout {

/// Somebody who waits for something that happens on the loop.
class waiter {
public:
    waiter(boost::asio::any_io_executor const& executor, steady_time until) : timer_(executor, until) {}
    boost::asio::awaitable<void> wait() {
        if (!is_released_) co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    void release() {
        is_released_ = true;
        timer_.cancel();
    }

private:
    boost::asio::steady_timer timer_;
    bool is_released_ = false;
};

/// One who waits for records, and what was found.
class lookup {
public:
    lookup(boost::asio::any_io_executor const& executor, std::vector<std::string> wanted, steady_time until)
        : asker(executor, until), keys(std::move(wanted)) {}
    waiter asker;
    std::vector<std::string> keys;
    sqlite_reader::records found;
    bool is_answered = false;
};

/// What the reading thread is given, and gives back. It is shared with the loop, one after the other.
class reading {
public:
    std::vector<std::string> keys;
    sqlite_reader::records found;
    sqlite_outcome outcome;
};
class listing {
public:
    key_range which;
    std::vector<std::string> found;
    sqlite_outcome outcome;
};

}  // namespace callout
