#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "milterproto/timer.hpp"
#include "smtpserver/callback.hpp"
#include "tls_channel.hpp"

namespace smtpserver::detail {

/// How waiting for a client ended.
enum class io : std::uint8_t {
    done,
    closed,   ///< by the client or the network
    expired,  ///< it took too long
    woken,    ///< by `wake`
};

/// A client's socket, in clear or in TLS. It belongs to one coroutine, which waits for one thing at a time; a
/// timer ends a wait by cancelling it. `stay` is memory for reading that all connections share.
class transport {
public:
    using time = milterproto::steady_time;

    /// Takes the descriptor over.
    transport(boost::asio::any_io_executor const& executor, int descriptor, int family,
              std::span<char> shared);
    transport(transport const&) = delete;

    time now() const noexcept { return timer_.now(); }
    /// Reads what has come, at most that many bytes of the wire, or waits for it. The view is valid until the
    /// next call, or until anything else is awaited.
    task<io> read(time until, std::size_t most, std::string_view& got);
    /// Writes all of it. The bytes are the caller's, and stay where they are until this is done.
    task<io> write(std::string_view octets, std::chrono::milliseconds limit);
    task<io> shake_hands(tls_context const& context, std::chrono::milliseconds limit);
    /// Says that nothing follows, and waits a little for the client to close: what it has sent and nobody has
    /// read would make the system throw away what was written (RFC 1122 4.2.2.13).
    task<> say_goodbye();

    /// Ends a wait for reading.
    void wake();
    void close() noexcept;
    bool is_in_tls() const noexcept { return channel_.has_value(); }
    tls_channel const& tls() const noexcept { return *channel_; }

private:
    using socket = boost::asio::generic::stream_protocol::socket;

    void begin_wait(socket::wait_type what, time until);
    io end_wait(boost::system::error_code failed);
    task<io> read_tls(time until, std::size_t most, std::string_view& got);
    task<io> read_wire(time until, std::size_t most, std::string_view& got);
    task<io> write_wire(std::string_view octets, time until);
    void arm(time until);
    void ring();

    socket socket_;
    std::span<char> shared_;
    std::optional<tls_channel> channel_;
    std::string clear_;  ///< what TLS has hidden
    milterproto::timer timer_;
    std::optional<time> due_;    ///< of the wait under way
    std::optional<time> armed_;  ///< when the timer ends; it may be earlier, and looks again then
    bool may_have_more_ = false;
    bool is_reading_ = false;
    bool is_woken_ = false;
    bool has_expired_ = false;
};

}  // namespace smtpserver::detail
