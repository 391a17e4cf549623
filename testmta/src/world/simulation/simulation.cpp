#include "world/simulation/simulation.hpp"

#include "world/peers/peer_connection.hpp"
#include "world/simulation/memory_transport.hpp"
#include "world/simulation/tls_stream.hpp"
#include "world/simulation/zone_answers.hpp"

namespace testmta::world {

namespace {

using callout::testing::connection;
using callout::testing::memory_world;

/// Returns the client's end of a connection to the peer, which begins to speak at the other end.
std::unique_ptr<callout::stream> connect(memory_world& within, peer const& host, peer_memory& memory,
                                         peer_context const& shared, connection const& mine) {
    auto const from = mine.source.value_or(boost::asio::ip::address_v4::loopback());
    callout::endpoint const client(from, 0);
    auto [near, far] = callout::testing::make_stream_pair(within.clock, client, mine.to);
    auto line = std::make_unique<memory_transport>(within, std::move(far), from.to_string());
    serve_client(within.context.get_executor(), std::move(line), borrowed(host, memory), shared);
    return std::make_unique<tls_stream>(std::move(near));
}

void put(memory_world& into, std::string const& address, peer const& host, memories& known,
         peer_context const& shared) {
    if (host.port == port_state::blackhole) return;
    if (host.port == port_state::closed) return into.net.refuse(address, callout::errc::refused);
    auto& memory = memory_of(known, host);
    into.net.put(address, [&](connection const& mine) { return connect(into, host, memory, shared, mine); });
}

}  // namespace

void furnish(memory_world& into, description const& what, memories& known, peer_context const& shared) {
    for (auto const& host : what.peers) {
        for (auto const& address : host.addresses) put(into, address.to_string(), host, known, shared);
    }
    into.dns.otherwise(zone_answers(what.zones));
}

}  // namespace testmta::world
