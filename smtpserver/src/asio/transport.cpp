#include "transport.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace smtpserver::detail {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr auto goodbye = std::chrono::seconds(1);
constexpr std::size_t most_after_goodbye = 1024 * 1024;

}  // namespace

transport::transport(asio::any_io_executor const& executor, int descriptor, int family,
                     std::span<char> shared)
    : socket_(executor, asio::generic::stream_protocol(family, 0), descriptor),
      shared_(shared),
      timer_(executor) {
    error_code ignored;
    socket_.non_blocking(true, ignored);
}

// ---- waiting ----

/// One timer serves all waits: where the next one ends later, it is left to end early, and looks again.
void transport::arm(time until) {
    due_ = until;
    if (armed_ && *armed_ <= until) return;
    armed_ = until;
    timer_.call_after(std::max(until - now(), time::duration::zero()), [this] { ring(); });
}

void transport::ring() {
    armed_.reset();
    if (!due_) return;
    if (now() < *due_) return arm(*due_);
    has_expired_ = true;
    error_code ignored;
    socket_.cancel(ignored);
}

void transport::begin_wait(socket::wait_type what, time until) {
    has_expired_ = is_woken_ = false;
    is_reading_ = what == socket::wait_read;
    arm(until);
}

io transport::end_wait(error_code failed) {
    due_.reset();
    is_reading_ = false;
    if (!failed) return io::done;
    if (has_expired_) return io::expired;
    return is_woken_ ? io::woken : io::closed;
}

void transport::wake() {
    if (!is_reading_) return;
    is_woken_ = true;
    error_code ignored;
    socket_.cancel(ignored);
}

void transport::close() noexcept {
    error_code ignored;
    socket_.close(ignored);
    timer_.cancel();
    armed_.reset();
}

// ---- the wire ----

task<io> transport::read_wire(time until, std::size_t most, std::string_view& got) {
    auto const room = shared_.first(std::min(most, shared_.size()));
    for (;;) {
        if (!std::exchange(may_have_more_, false)) {
            begin_wait(socket::wait_read, until);
            auto const [broken] =
                co_await socket_.async_wait(socket::wait_read, asio::as_tuple(asio::use_awaitable));
            auto const waited = end_wait(broken);
            if (waited != io::done) co_return waited;
        }
        error_code failed;
        auto const count = socket_.read_some(asio::buffer(room.data(), room.size()), failed);
        if (failed == asio::error::would_block) continue;
        if (failed) co_return io::closed;
        may_have_more_ = count == room.size();
        got = std::string_view(room.data(), count);
        co_return io::done;
    }
}

task<io> transport::write_wire(std::string_view octets, time until) {
    while (!octets.empty()) {
        error_code failed;
        auto const count = socket_.write_some(asio::buffer(octets.data(), octets.size()), failed);
        octets.remove_prefix(count);
        if (!failed) continue;
        if (failed != asio::error::would_block) co_return io::closed;
        begin_wait(socket::wait_write, until);
        auto const [broken] =
            co_await socket_.async_wait(socket::wait_write, asio::as_tuple(asio::use_awaitable));
        auto const waited = end_wait(broken);
        if (waited != io::done) co_return waited;
    }
    co_return io::done;
}

// ---- in clear or in TLS ----

/// Not a coroutine itself: an idle connection in clear has one less.
task<io> transport::read(time until, std::size_t most, std::string_view& got) {
    return channel_ ? read_tls(until, most, got) : read_wire(until, most, got);
}

task<io> transport::read_tls(time until, std::size_t most, std::string_view& got) {
    for (;;) {
        clear_.clear();
        channel_->read(clear_);
        auto const sealed = channel_->to_wire();  // an alert, or an answer to a new key
        auto const written = co_await write_wire(sealed, until);
        if (written != io::done) co_return written;
        got = clear_;
        if (!clear_.empty()) co_return io::done;
        if (channel_->has_ended()) co_return io::closed;
        std::string_view from_wire;
        auto const read = co_await read_wire(until, most, from_wire);
        if (read != io::done) co_return read;
        channel_->feed(from_wire);
    }
}

task<io> transport::write(std::string_view octets, std::chrono::milliseconds limit) {
    auto const until = now() + limit;
    if (!channel_) co_return co_await write_wire(octets, until);
    channel_->write(octets);
    auto const sealed = channel_->to_wire();
    co_return co_await write_wire(sealed, until);
}

task<io> transport::shake_hands(tls_context const& context, std::chrono::milliseconds limit) {
    auto const until = now() + limit;
    channel_.emplace(context);
    while (!channel_->is_open() && !channel_->has_ended()) {
        std::string_view from_wire;
        auto const read = co_await read_wire(until, shared_.size(), from_wire);
        if (read != io::done) co_return read;
        channel_->feed(from_wire);
        auto const sealed = channel_->to_wire();
        auto const written = co_await write_wire(sealed, until);
        if (written != io::done) co_return written;
    }
    co_return channel_->is_open() ? io::done : io::closed;
}

task<> transport::say_goodbye() {
    auto const until = now() + goodbye;
    if (channel_) {
        channel_->close();
        auto const sealed = channel_->to_wire();
        co_await write_wire(sealed, until);
    }
    error_code ignored;
    socket_.shutdown(socket::shutdown_send, ignored);
    std::size_t read = 0;
    auto how = io::done;
    while (how == io::done && read < most_after_goodbye) {
        std::string_view from_wire;
        how = co_await read_wire(until, shared_.size(), from_wire);
        read += from_wire.size();
    }
}

}  // namespace smtpserver::detail
