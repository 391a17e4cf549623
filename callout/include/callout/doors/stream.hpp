#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "callout/doors/clock.hpp"
#include "callout/doors/error.hpp"
#include "callout/doors/tls.hpp"

namespace callout {

using endpoint = boost::asio::ip::tcp::endpoint;
using ip_address = boost::asio::ip::address;

/// What is unread in a connection that should be silent.
enum class unread {
    nothing,
    bytes,
    end,  ///< the peer has hung up
};

/// A connection to a peer. Each operation ends at its deadline with `errc::timed_out`; an end of file is
/// `errc::closed`. One operation at a time.
class stream {
public:
    virtual ~stream() = default;
    /// Reads at least one byte.
    [[nodiscard]] virtual boost::asio::awaitable<result<std::size_t>> read_some(std::span<char> into,
                                                                                steady_time until) = 0;
    [[nodiscard]] virtual boost::asio::awaitable<result<void>> write(std::string_view bytes,
                                                                     steady_time until) = 0;
    /// Makes it a TLS connection, as its client; what is written and read from then on is protected. If the
    /// peer cannot, the result is `errc::tls_handshake`, and the connection is of no more use.
    [[nodiscard]] virtual boost::asio::awaitable<result<tls_session>> start_tls(tls_wish wish,
                                                                                steady_time until) = 0;
    /// Returns what is unread, without waiting. Bytes after the 220 of STARTTLS are an injection; an idle
    /// session that has any cannot be used again.
    virtual unread pending() noexcept = 0;
    virtual endpoint local() const noexcept = 0;
    virtual void close() noexcept = 0;
};

/// Makes streams. `source` is the address to bind to, if any. `errc::refused`, `errc::unreachable` and
/// `errc::timed_out` are about the peer, `errc::no_way_out` is about one family of addresses here,
/// `errc::source_not_here` about the source, and `errc::local_resources` about this machine.
class connector {
public:
    virtual ~connector() = default;
    [[nodiscard]] virtual boost::asio::awaitable<result<std::unique_ptr<stream>>> connect(
        endpoint to, std::optional<ip_address> source, steady_time until) = 0;
    /// Returns whether a connection to this address would end at this machine, as it is now: interfaces come
    /// and go. A network that is not the machine's says no.
    virtual bool leads_home(ip_address const&) noexcept { return false; }
};

}  // namespace callout
