#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "callout/doors/stream.hpp"
#include "callout_address.hpp"
#include "callout_clock.hpp"
#include "callout_peer.hpp"

namespace test {

/// What the engine wanted of one connection, and what it said there.
class callout_connection {
public:
    callout_connection(callout::endpoint to_, std::optional<callout::ip_address> source_)
        : to(to_), source(source_) {}
    callout::endpoint to;
    std::optional<callout::ip_address> source;
    std::string heard;                      ///< in clear, and in TLS
    std::optional<callout::tls_wish> wish;  ///< of a handshake that was begun
};

/// The net: a peer behind each address; where there is none, nobody answers.
class callout_net final : public callout::connector {
public:
    explicit callout_net(callout_clock& clock) : clock_(clock) {}

    void put(std::string_view address, callout_peer peer);

    boost::asio::awaitable<callout::result<std::unique_ptr<callout::stream>>> connect(
        callout::endpoint to, std::optional<callout::ip_address> source, callout::steady_time until) override;

    std::vector<std::string> connects;           ///< the addresses, also those that refused
    std::deque<callout_connection> connections;  ///< the same ones; a deque, because streams refer to them
    std::vector<std::string> heard;              ///< each write, of all connections
    std::size_t most_open = 0;                   ///< sessions at the same time; one ends with QUIT

private:
    class peer_stream;

    std::shared_ptr<void> count_session();

    callout_clock& clock_;
    std::map<callout::ip_address, callout_peer> peers_;
    std::shared_ptr<std::size_t> open_ = std::make_shared<std::size_t>(0);
};

}  // namespace test
