#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>

namespace test {

/// Runs a coroutine to its end, in real time. Returns what it returned, or throws what it threw.
template <class T>
T run(boost::asio::io_context& context, boost::asio::awaitable<T> what) {
    std::optional<T> result;
    std::exception_ptr thrown;
    boost::asio::co_spawn(context, std::move(what), [&](std::exception_ptr failed, T value) {
        thrown = failed;
        result.emplace(std::move(value));
    });
    context.restart();
    while (!result) context.run_one();
    if (thrown) std::rethrow_exception(thrown);
    return *std::move(result);
}

}  // namespace test
