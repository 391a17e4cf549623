#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <vector>

#include "callout/doors/clock.hpp"
#include "callout/doors/stream.hpp"
#include "sending/session.hpp"
#include "submission/batch.hpp"
#include "submission/phase.hpp"

namespace submission::shell {

/// Obeys a session over one connection, and keeps the time of each phase.
class conversation {
public:
    /// All are borrowed.
    conversation(sending::session& talk, callout::stream& peer, callout::clock const& clock,
                 phase_times const& times, batch& what, tls_start tls);
    conversation(conversation const&) = delete;

    boost::asio::awaitable<void> hold();
    phase during() const noexcept { return during_; }
    std::uint64_t bytes_in() const noexcept { return bytes_in_; }
    std::uint64_t bytes_out() const noexcept { return bytes_out_; }

private:
    boost::asio::awaitable<void> obey(sending::action now);
    boost::asio::awaitable<void> write();
    boost::asio::awaitable<void> read();
    boost::asio::awaitable<void> start_tls();
    boost::asio::awaitable<void> measure(message& what);
    boost::asio::awaitable<void> fill(message& what);
    boost::asio::awaitable<result<std::size_t>> read_content(content_source& from);
    boost::asio::awaitable<bool> is_cancelled() const;

    sending::session& talk_;
    callout::stream& peer_;
    callout::clock const& clock_;
    phase_times const& times_;
    batch& what_;
    tls_start tls_;
    phase during_ = phase::greeting;
    std::uint64_t number_ = 0;
    callout::steady_time until_;
    content_source* rewound_ = nullptr;  ///< what was rewound for this reading
    std::vector<char> received_;
    std::vector<char> content_;
    std::uint64_t bytes_in_ = 0;
    std::uint64_t bytes_out_ = 0;
};

}  // namespace submission::shell
