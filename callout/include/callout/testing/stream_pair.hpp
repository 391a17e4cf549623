#pragma once

#include <memory>
#include <utility>

#include "callout/doors/stream.hpp"
#include "callout/testing/virtual_clock.hpp"

namespace callout::testing {

/// One end of a connection in memory. Each write of the other end is a segment, and a read takes bytes of one
/// segment. A writer waits while 64 KiB are on their way. There is no TLS: a handshake fails.
class memory_stream final : public callout::stream {
public:
    class wire;

    enum class side { first, second };
    memory_stream(std::shared_ptr<wire> line, side which, callout::endpoint local);
    ~memory_stream() override { close(); }

    boost::asio::awaitable<callout::result<std::size_t>> read_some(std::span<char> into,
                                                                   callout::steady_time until) override;
    boost::asio::awaitable<callout::result<void>> write(std::string_view bytes,
                                                        callout::steady_time until) override;
    boost::asio::awaitable<callout::result<callout::tls_session>> start_tls(
        callout::tls_wish wish, callout::steady_time until) override;
    /// Reads what has arrived, without waiting. Returns 0 if nothing has.
    std::size_t take(std::span<char> into);
    callout::unread pending() noexcept override;
    callout::endpoint local() const noexcept override { return local_; }
    /// Ends both directions.
    void close() noexcept override;
    /// Ends the direction from here: the other end reads what is on its way, and then `errc::closed`.
    void end_writing() noexcept;

private:
    class direction;

    std::shared_ptr<wire> line_;
    direction& in_;
    direction& out_;
    callout::endpoint local_;
    bool closed_ = false;
};

using stream_pair = std::pair<std::unique_ptr<memory_stream>, std::unique_ptr<memory_stream>>;

/// Makes a connection. A server of a `memory_net` returns one end, and a coroutine of its own speaks at the
/// other. The endpoints are what `local()` tells at either.
[[nodiscard]] stream_pair make_stream_pair(virtual_clock& clock, callout::endpoint first = {},
                                           callout::endpoint second = {});

}  // namespace callout::testing
