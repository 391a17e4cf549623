#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "world/peers/journal.hpp"
#include "world/peers/transport.hpp"
#include "world/peers/visit.hpp"

namespace testmta::world {

/// Plays the peer for the client at the other end, until one of them disconnects. What it borrows must
/// outlive the executor's work.
void serve_client(boost::asio::any_io_executor executor, std::unique_ptr<transport> line, peer const& host,
                  peer_memory& memory, journal& log);

}  // namespace testmta::world
