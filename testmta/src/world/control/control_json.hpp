#pragma once

#include <boost/json.hpp>

#include "text/mistakes.hpp"
#include "world/control/conversation_log.hpp"
#include "world/live/changeable_world.hpp"
#include "world/peers/mailbag.hpp"

/// What the control interface shows, as JSON.
namespace testmta::world {

boost::json::object to_json(changeable_world const& world);
boost::json::object to_json(conversation_log const& all);
boost::json::object to_json(conversation_log::conversation const& one);
boost::json::object to_json(mailbag const& all);
boost::json::object to_json(text::mistakes const& wrong, text::source const& in);

/// Returns the text with each byte that is neither printable ASCII nor a line feed replaced by `\xHH`.
std::string printable_lines(std::string_view text);

}  // namespace testmta::world
