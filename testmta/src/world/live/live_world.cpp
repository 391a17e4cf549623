#include "world/live/live_world.hpp"

#include <algorithm>

namespace testmta::world {

live_world::live_world(boost::asio::any_io_executor executor, description what, ports wanted,
                       peer_context const& shared)
    : what_(std::move(what)),
      shared_(shared),
      dns_(executor, what_.zones, wanted.dns),
      listeners_(executor, what_.peers, wanted.smtp) {
    play(what_);
}

void live_world::serve() {
    dns_.serve();
    listeners_.serve([this](auto const& address) { return played_at(address); }, shared_);
}

void live_world::play(description const& what) {
    played_.clear();
    for (auto const& one : what.peers)
        played_[one.name] = {std::make_shared<peer const>(one), std::make_shared<peer_memory>(one)};
}

played_peer live_world::played_at(boost::asio::ip::address const& address) const {
    auto const found = std::ranges::find_if(played_, [&](auto const& one) {
        auto const& here = one.second.host->addresses;
        return std::ranges::find(here, address) != here.end();
    });
    return found == played_.end() ? played_peer() : found->second;
}

peer_memory const* live_world::memory_of(std::string_view peer_name) const {
    auto const found = played_.find(peer_name);
    return found == played_.end() ? nullptr : found->second.memory.get();
}

void live_world::replace(description what) {
    listeners_.adopt(what.peers);
    dns_.replace(what.zones);
    play(what);
    what_ = std::move(what);
}

bool live_world::replace_rules(std::string_view peer_name, std::vector<rule> rules) {
    auto const host = std::ranges::find(what_.peers, peer_name, &peer::name);
    auto const played = played_.find(peer_name);
    if (host == what_.peers.end() || played == played_.end()) return false;
    host->rules = std::move(rules);
    played->second.host = std::make_shared<peer const>(*host);
    played->second.memory->begin_rules(host->rules.size());
    return true;
}

}  // namespace testmta::world
