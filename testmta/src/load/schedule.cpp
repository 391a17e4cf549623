#include "load/schedule.hpp"

#include <algorithm>
#include <cmath>

namespace testmta::load {

schedule::duration schedule::opening_of(std::size_t connection) const {
    auto const share = static_cast<double>(connection) / static_cast<double>(connections_);
    auto const spread = duration(std::llround(static_cast<double>(ramp_.count()) * share));
    auto const first = start_of(connection);
    return first ? std::min(*first, spread) : spread;
}

std::optional<std::uint64_t> schedule::message_of(std::size_t connection, std::uint64_t turn) const {
    auto const number = connection + turn * connections_;
    if (messages_ && number >= *messages_) return std::nullopt;
    return number;
}

/// While the rate rises from 0 to R over a ramp of D seconds, R t² / 2D messages have begun at t.
std::optional<schedule::duration> schedule::start_of(std::uint64_t message) const {
    if (!rate_) return std::nullopt;
    auto const number = static_cast<double>(message);
    auto const ramp = std::chrono::duration<double>(ramp_).count();
    auto const of_ramp = *rate_ * ramp / 2;
    auto const seconds =
        number < of_ramp ? std::sqrt(2 * number * ramp / *rate_) : ramp + (number - of_ramp) / *rate_;
    return std::chrono::duration_cast<duration>(std::chrono::duration<double>(seconds));
}

std::optional<double> schedule::due_by(duration time) const {
    if (!rate_) return std::nullopt;
    auto const seconds = std::chrono::duration<double>(time).count();
    auto const ramp = std::chrono::duration<double>(ramp_).count();
    auto const due = seconds < ramp ? *rate_ * seconds * seconds / (2 * ramp) : *rate_ * (seconds - ramp / 2);
    return messages_ ? std::min(due, static_cast<double>(*messages_)) : due;
}

}  // namespace testmta::load
