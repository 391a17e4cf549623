#pragma once

#include <memory>
#include <string>

#include "core/silence.hpp"
#include "system/cares_channel.hpp"

namespace callout {

/// Whether the letters of a question are in mixed case, which the server repeats (core/dns_query.hpp).
enum class letters { mixed, plain };

/// How a question is put to a server.
struct manner {
    core::edns size = core::edns::with;
    letters name = letters::mixed;
    transport over = transport::udp;
};

/// A name server of the options or of resolv.conf, and what is known of it. Some servers, and boxes before
/// them, answer FORMERR or NOTIMP to EDNS, or nothing, and a few do not repeat the case of letters: what a
/// server needs is remembered for a while, because it may be mended, or only one datagram was lost.
class name_server {
public:
    /// Throws std::runtime_error if there is no such server.
    name_server(boost::asio::any_io_executor const& executor, resolver_options const& options,
                std::string address);

    std::string const& address() const noexcept { return address_; }
    core::silence& silence() noexcept { return silence_; }

    manner manner_at(steady_time now) const noexcept;
    void needs_no_edns(steady_time now) noexcept { without_edns_until_ = now + time_to_remember; }
    void needs_plain_letters(steady_time now) noexcept { plain_letters_until_ = now + time_to_remember; }

    /// Returns the channel for one more question, or null if none can be opened. Those of UDP change their
    /// port after a few.
    std::shared_ptr<cares_channel> channel(core::edns size, transport over);

private:
    static constexpr std::chrono::minutes time_to_remember{15};

    using shared_channel = std::shared_ptr<cares_channel>;
    shared_channel open(core::edns size, transport over) const;
    shared_channel& slot(core::edns size, transport over) noexcept;

    boost::asio::any_io_executor executor_;
    resolver_options const& options_;
    std::string address_;
    core::silence silence_;
    shared_channel udp_, udp_without_edns_, tcp_, tcp_without_edns_;
    steady_time without_edns_until_ = steady_time::min();
    steady_time plain_letters_until_ = steady_time::min();
};

}  // namespace callout
