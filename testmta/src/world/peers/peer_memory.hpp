#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "world/language/model.hpp"

namespace testmta::world {

using time_point = std::chrono::steady_clock::time_point;

/// What a peer remembers from one connection to the next, and what it has seen. Everything that a client can
/// make grow is bounded.
class peer_memory {
public:
    explicit peer_memory(peer const& who) { begin_rules(who.rules.size()); }

    /// The number of matches of each rule, over all connections.
    using counts = std::vector<std::uint32_t>;
    /// Counts for other rules from now on. Connections that have begun keep the counts of theirs.
    void begin_rules(std::size_t number) { matches_ = std::make_shared<counts>(number); }
    std::shared_ptr<counts> const& matches() const noexcept { return matches_; }

    void arrived(std::string const& client, time_point now);
    void left() { --open_; }
    void heard(std::string const& line);

    /// Returns how long ago this key was first seen.
    duration waited(std::string const& key, time_point now);
    /// Returns whether the client connects too often, or is banned because it did.
    bool is_too_fast(std::string const& client, rate_condition const& limit, time_point now);

    std::uint32_t open() const noexcept { return open_; }
    std::uint32_t connections() const noexcept { return connections_; }
    std::uint32_t most_at_once() const noexcept { return most_at_once_; }
    std::uint32_t times_heard(pattern const& command) const;
    /// Returns how often the peer has seen this.
    std::uint32_t times_seen(sighting const& what) const;

private:
    static constexpr std::size_t most_remembered = 10'000;

    std::shared_ptr<counts> matches_;
    std::map<std::string, time_point> first_seen_;
    std::map<std::string, std::deque<time_point>> arrivals_;
    std::map<std::string, time_point> banned_until_;
    std::deque<std::string> heard_;
    std::uint32_t open_ = 0;
    std::uint32_t connections_ = 0;
    std::uint32_t most_at_once_ = 0;
};

/// The memory of each peer, which all its addresses share.
using memories = std::map<peer const*, peer_memory>;

inline peer_memory& memory_of(memories& all, peer const& who) {
    return all.try_emplace(&who, who).first->second;
}

}  // namespace testmta::world
