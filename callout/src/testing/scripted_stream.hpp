#pragma once

#include <deque>

#include "callout/doors/stream.hpp"
#include "callout/testing/scripted_peer.hpp"
#include "callout/testing/virtual_clock.hpp"

namespace callout::testing {

/// A connection to a `scripted_peer`, which answers within `write`.
class scripted_stream final : public callout::stream {
public:
    scripted_stream(scripted_peer peer, virtual_clock& clock, callout::endpoint local);

    boost::asio::awaitable<callout::result<std::size_t>> read_some(std::span<char> into,
                                                                   callout::steady_time until) override;
    boost::asio::awaitable<callout::result<void>> write(std::string_view bytes,
                                                        callout::steady_time until) override;
    boost::asio::awaitable<callout::result<callout::tls_session>> start_tls(
        callout::tls_wish wish, callout::steady_time until) override;
    callout::unread pending() noexcept override;
    callout::endpoint local() const noexcept override { return local_; }
    void close() noexcept override;

private:
    struct later {
        std::string text;
        callout::steady_time from;
    };

    void hear(std::string_view command);
    void say(std::string text, std::chrono::milliseconds delay);
    bool has_said_all() const { return arrived_.empty() && on_the_way_.empty(); }
    /// Returns when the next piece can be read; never, if there is none.
    callout::steady_time next_piece() const;
    void let_arrive();

    scripted_peer peer_;
    virtual_clock& clock_;
    callout::endpoint local_;
    std::unique_ptr<callout::alarm> pause_;
    std::string arrived_;
    std::deque<later> on_the_way_;
    bool hung_up_ = false;
    bool closed_ = false;
    bool secure_ = false;
};

}  // namespace callout::testing
