#pragma once

#include <optional>

#include "callout/testing/stream_pair.hpp"
#include "world/peers/tls_channel.hpp"

namespace testmta::world {

/// A client's end of a connection in memory, with real TLS.
class tls_stream final : public callout::stream {
public:
    explicit tls_stream(std::unique_ptr<callout::testing::memory_stream> wire) : wire_(std::move(wire)) {}

    boost::asio::awaitable<callout::result<std::size_t>> read_some(std::span<char> into,
                                                                   callout::steady_time until) override;
    boost::asio::awaitable<callout::result<void>> write(std::string_view octets,
                                                        callout::steady_time until) override;
    boost::asio::awaitable<callout::result<callout::tls_session>> start_tls(
        callout::tls_wish wish, callout::steady_time until) override;
    callout::unread pending() noexcept override;
    callout::endpoint local() const noexcept override { return wire_->local(); }
    void close() noexcept override { wire_->close(); }

private:
    /// Sends what TLS has to say.
    boost::asio::awaitable<callout::result<void>> send(callout::steady_time until);
    /// Gives TLS what the wire brings next.
    boost::asio::awaitable<callout::result<void>> receive(callout::steady_time until);

    std::unique_ptr<callout::testing::memory_stream> wire_;
    std::optional<tls_channel> tls_;
    std::string plain_;
};

}  // namespace testmta::world
