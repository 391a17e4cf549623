#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <vector>

#include "recording.hpp"

namespace bench {

/// How often a recording is played.
class schedule {
public:
    schedule() {}

    std::size_t connections = 10;  ///< at once
    std::size_t sessions = 1;      ///< connections one after the other, at each of those places
    std::size_t messages = 100;    ///< on each
};

class measured {
public:
    measured() {}

    std::chrono::nanoseconds elapsed{};
    std::vector<std::chrono::nanoseconds> latencies;  ///< of a message, from its first octet to its verdict
};

/// Plays it back, on one thread with epoll, as many connections at once as the schedule says. Every octet
/// that comes is compared: std::runtime_error where the filter does otherwise than when it was recorded.
measured play(milterproto::socket_spec const& where, recording const& what, schedule const& when);

enum class idle_after { negotiation, message };

/// Opens connections, one after the other, that have negotiated or carried one message, and keeps them.
class idle_connections {
public:
    idle_connections(milterproto::socket_spec const& where, recording const& what, std::size_t count,
                     idle_after stage);
    ~idle_connections();
    idle_connections(idle_connections const&) = delete;
    idle_connections& operator=(idle_connections const&) = delete;

private:
    std::vector<int> descriptors_;
};

}  // namespace bench
