#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "callout/doors/clock.hpp"

namespace callout {

/// A socket with one timer. When it fires it notes the cause and closes the socket; the operation under way
/// comes back with an error that the cause explains. Shared, because the timer's handler may run last.
template <class Socket>
class timed_socket : public std::enable_shared_from_this<timed_socket<Socket>> {
public:
    explicit timed_socket(boost::asio::any_io_executor const& executor)
        : socket(executor), timer_(executor) {}

    /// Begins an operation.
    void begin(steady_time until) {
        until_ = until;
        busy_ = true;
        if (!armed_ || until < *armed_) arm();
    }

    /// Ends the operation, which gave `failed`; returns `asio::error::timed_out` if its time was over.
    boost::system::error_code end(boost::system::error_code failed) {
        busy_ = false;
        return failed && late_ ? boost::system::error_code(boost::asio::error::timed_out) : failed;
    }

    void close() noexcept {
        boost::system::error_code ignored;
        socket.close(ignored);
        timer_.cancel();
        armed_.reset();
        late_ = false;  // it may be connected anew
    }

    Socket socket;

private:
    /// Sets the timer. It is not set anew for each operation, which would cost more than most of them: one
    /// that goes off too early checks whether there is still something to wait for.
    void arm() {
        armed_ = until_;
        timer_.expires_at(until_);
        timer_.async_wait([held = this->weak_from_this()](boost::system::error_code cancelled) {
            auto const self = held.lock();
            if (self && !cancelled) self->on_timer();
        });
    }

    void on_timer() {
        bool const is_stale = !armed_ || std::chrono::steady_clock::now() < *armed_;  // set before a `close`
        if (is_stale) return;
        auto const reached = *std::exchange(armed_, std::nullopt);
        if (!busy_) return;
        if (until_ > reached) return arm();
        late_ = true;
        boost::system::error_code ignored;
        socket.close(ignored);
    }

    boost::asio::steady_timer timer_;
    steady_time until_;                 ///< of the operation under way
    std::optional<steady_time> armed_;  ///< when the timer goes off
    bool busy_ = false;
    bool late_ = false;
};

}  // namespace callout
