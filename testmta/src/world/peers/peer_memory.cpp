#include "world/peers/peer_memory.hpp"

#include <algorithm>

namespace testmta::world {

namespace {

/// A client that floods a fake peer makes it forget, not grow.
template <class Map>
auto& at_most(Map& known, std::size_t most) {
    if (known.size() >= most) known.clear();
    return known;
}

}  // namespace

void peer_memory::arrived(std::string const& client, time_point now) {
    ++connections_;
    most_at_once_ = std::max(most_at_once_, ++open_);
    auto& times = at_most(arrivals_, most_remembered)[client];
    times.push_back(now);
    if (times.size() > most_remembered) times.pop_front();
}

void peer_memory::heard(std::string const& line) {
    heard_.push_back(line);
    if (heard_.size() > most_remembered) heard_.pop_front();
}

duration peer_memory::waited(std::string const& key, time_point now) {
    auto const first = at_most(first_seen_, most_remembered).try_emplace(key, now).first->second;
    return std::chrono::duration_cast<duration>(now - first);
}

bool peer_memory::is_too_fast(std::string const& client, rate_condition const& limit, time_point now) {
    if (auto const banned = banned_until_.find(client); banned != banned_until_.end()) {
        if (now < banned->second) return true;
        banned_until_.erase(banned);
    }
    auto const& times = arrivals_[client];
    auto const lately = std::ranges::count_if(times, [&](time_point one) { return now - one < limit.time; });
    if (static_cast<std::size_t>(lately) <= limit.connections) return false;
    if (limit.ban.count() != 0) at_most(banned_until_, most_remembered)[client] = now + limit.ban;
    return true;
}

std::uint32_t peer_memory::times_heard(pattern const& command) const {
    auto const found =
        std::ranges::count_if(heard_, [&](std::string const& line) { return command.matches(line); });
    return static_cast<std::uint32_t>(found);
}

std::uint32_t peer_memory::times_seen(sighting const& what) const {
    switch (what.what) {
        case sighting::kind::connections: return connections_;
        case sighting::kind::at_once: return most_at_once_;
        case sighting::kind::hears: return times_heard(*what.command);
    }
    return 0;
}

}  // namespace testmta::world
