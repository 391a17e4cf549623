#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>

#include "callout/engine.hpp"

/// What `vouchd cache delete` names: an address, or a server by its name or its IP address.
namespace vouchd {

/// Returns why the text names neither.
std::optional<std::string> objection_to_forgetting(std::string const& what);

/// Has the engine forget it. Returns the document that answers the command: how many records went, or why the
/// text names nothing.
boost::asio::awaitable<boost::json::object> forget(std::string what, callout::engine& engine);

}  // namespace vouchd
