#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/system/error_code.hpp>
#include <memory>
#include <span>
#include <string_view>

namespace milterproto::detail {

/// Waits for a stream. The stream keeps it alive while it waits, and tells it in the loop.
class stream_listener {
public:
    virtual void on_readable(boost::system::error_code failed) = 0;
    virtual void on_writable(boost::system::error_code failed) = 0;

protected:
    ~stream_listener() = default;
};

/// An accepted connection: reads and writes what can be done at once, and waits.
///
/// Waiting is what a filter does for each command of its MTA, so it is made to cost nothing but the turn of
/// the loop. Asio's own waits cost a system call more: async_wait arms epoll anew each time, and
/// async_read_some tries to read first. Where the reactor is the one that we know, the wait is an operation
/// of our own on it (stream.cpp); elsewhere it is Asio's.
class stream {
public:
    /// Takes a descriptor that does not block. The executor is one of an io_context that one thread runs.
    /// Throws if it cannot be waited for; the caller keeps the descriptor then.
    stream(boost::asio::any_io_executor const& executor, int descriptor);
    stream(stream&& other) noexcept;
    ~stream();

    /// Reads what is there. `would_block` if there is nothing to read, `eof` if there never will be.
    std::size_t read_some(std::span<char> room, boost::system::error_code& failed) noexcept;
    std::size_t write_some(std::string_view bytes, boost::system::error_code& failed) noexcept;

    /// Waits. There is one wait at a time for each direction; another call while one is under way changes
    /// nothing.
    void await_readable(std::shared_ptr<stream_listener> who);
    void await_writable(std::shared_ptr<stream_listener> who);
    /// Returns whether there is the one event that a wait may miss: an end of file that came together with
    /// the last bytes that were read. To be checked some time after a wait began.
    bool missed_something() const noexcept;

    /// Closes the stream; what waits is told `operation_aborted`.
    void close() noexcept;

private:
    class waits;

    int descriptor_;
    std::unique_ptr<waits> waits_;
};

}  // namespace milterproto::detail
