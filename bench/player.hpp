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
    std::size_t sessions = 1;      ///< connections one after the other, in each of those places
    std::size_t messages = 100;    ///< on each connection
};

class measured {
public:
    measured() {}

    std::chrono::nanoseconds elapsed{};
    std::vector<std::chrono::nanoseconds> latencies;  ///< of a message, from its first byte to its verdict
};

/// Replays the recording, on one thread with epoll, over as many connections at once as the schedule says.
/// Every byte received is compared: throws std::runtime_error if the filter behaves otherwise than when it
/// was recorded.
measured play(milterproto::socket_spec const& where, recording const& what, schedule const& when);

enum class idle_after { negotiation, message };

/// Opens connections, one after the other, lets each negotiate or carry one message, and keeps them open.
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
