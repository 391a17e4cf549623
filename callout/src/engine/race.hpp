#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>

#include "callout/doors/world.hpp"

namespace callout {

/// An address to connect to, and the one to leave from.
class contender {
public:
    contender(endpoint to_, std::optional<ip_address> source_) : to(to_), source(source_) {}
    endpoint to;
    std::optional<ip_address> source;
};

class race_outcome {
public:
    race_outcome(result<std::unique_ptr<stream>> peer_, endpoint to_, bool both)
        : peer(std::move(peer_)), to(to_), tried_both(both) {}
    result<std::unique_ptr<stream>> peer;
    endpoint to;  ///< the address that won; if both failed, the first
    bool tried_both;
};

/// Connects to the first; if that takes its time, to the other as well, and takes the one that answers first
/// (RFC 8305, for the two families of one host and the TCP connection alone). If the first fails soon, the
/// other is not tried.
boost::asio::awaitable<race_outcome> connect_first(world const& w, contender first, contender other,
                                                   steady_time until);

}  // namespace callout
