#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "world/peers/peer_context.hpp"
#include "world/peers/transport.hpp"
#include "world/peers/visit.hpp"

namespace testmta::world {

/// Plays the peer for the client at the other end, until one of them disconnects. The context must outlive
/// the executor's work.
void serve_client(boost::asio::any_io_executor executor, std::unique_ptr<transport> line, played_peer who,
                  peer_context const& shared);

}  // namespace testmta::world
