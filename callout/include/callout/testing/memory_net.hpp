#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "callout/doors/stream.hpp"
#include "callout/testing/scripted_peer.hpp"
#include "callout/testing/virtual_clock.hpp"

namespace callout::testing {

/// What was wanted of one connection, and what was said there.
class connection {
public:
    connection(callout::endpoint to_, std::optional<callout::ip_address> source_)
        : to(to_), source(source_) {}
    callout::endpoint to;
    std::optional<callout::ip_address> source;
    std::string heard;                      ///< by the server, in clear and in TLS
    std::optional<callout::tls_wish> wish;  ///< of a handshake that was begun
};

/// A network in memory: a server at each address, whatever the port. Where there is none, nobody answers. It
/// remembers every connection, and outlives the streams that it has made.
class memory_net final : public callout::connector {
public:
    /// Makes the client's end of a connection to a server.
    using server = std::function<std::unique_ptr<callout::stream>(connection const&)>;

    explicit memory_net(virtual_clock& clock) : clock_(clock) {}
    memory_net(memory_net const&) = delete;

    /// Puts a server at an address, in place of the one that was there. Connections that are open do not
    /// change.
    void put(std::string_view address, scripted_peer peer);
    void put(std::string_view address, server at);
    /// Makes connections to an address fail at once: `errc::refused`, `errc::unreachable`.
    void refuse(std::string_view address, callout::errc why);

    boost::asio::awaitable<callout::result<std::unique_ptr<callout::stream>>> connect(
        callout::endpoint to, std::optional<callout::ip_address> source, callout::steady_time until) override;

    bool leads_home(callout::ip_address const& address) noexcept override { return ours.contains(address); }

    std::set<callout::ip_address> ours;  ///< the addresses of the machine that connects
    std::vector<std::string> connects;   ///< the addresses that were connected to, with or without success
    std::deque<connection> connections;  ///< the same ones; a deque, because streams refer to them
    std::vector<std::string> heard;      ///< each write of all connections, and "(TLS name)" for a handshake
    std::size_t most_open = 0;           ///< sessions at the same time; one ends with QUIT

private:
    class watched_stream;
    class host {
    public:
        server serve;
        std::optional<callout::errc> refusal;
        std::chrono::milliseconds delay{0};
    };

    /// Waits for `then`, but not after `until`. Returns whether it was reached.
    boost::asio::awaitable<bool> wait(callout::steady_time then, callout::steady_time until);
    std::shared_ptr<void> count_session();

    virtual_clock& clock_;
    std::map<callout::ip_address, host> hosts_;
    std::shared_ptr<std::size_t> open_ = std::make_shared<std::size_t>(0);
};

}  // namespace callout::testing
