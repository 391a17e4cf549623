#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "load/plan.hpp"

namespace testmta::load {

/// Says when each message of a load begins, counted from the begin of the load. Messages are dealt out to the
/// connections in turn: connection c has the messages c, c + N, c + 2 N and so on, so that the numbers of any
/// two connections differ by at most one (TM-095).
class schedule {
public:
    using duration = std::chrono::nanoseconds;

    explicit schedule(plan const& what)
        : connections_(what.connections),
          messages_(what.messages),
          rate_(what.rate),
          ramp_(what.ramp),
          time_(what.time) {}

    /// Returns when the connection is opened. Without a rate, a ramp spreads the connections over its time.
    duration opening_of(std::size_t connection) const;
    /// Returns the number of a connection's message, both counted from 0; nothing if the load has no such
    /// message.
    std::optional<std::uint64_t> message_of(std::size_t connection, std::uint64_t turn) const;
    /// Returns the intended start of a message if there is a rate. While it rises, it rises linearly.
    std::optional<duration> start_of(std::uint64_t message) const;
    /// Returns when no further message begins.
    std::optional<duration> end() const { return time_; }
    /// Returns how many messages should have begun by then, if there is a rate.
    std::optional<double> due_by(duration time) const;

private:
    std::size_t connections_;
    std::optional<std::uint64_t> messages_;
    std::optional<double> rate_;
    duration ramp_;
    std::optional<duration> time_;
};

}  // namespace testmta::load
