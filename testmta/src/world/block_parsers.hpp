#pragma once

#include "model.hpp"
#include "text/cursor.hpp"

/// The lines of a zone's and of a peer's block, one at a time. What is wrong is thrown as `text::mistake`.
namespace testmta::world {

zone parse_zone_head(text::cursor& words);
void parse_zone_line(text::cursor& words, zone& into);

peer parse_peer_head(text::cursor& words);
void parse_peer_line(text::cursor& words, peer& into);

}  // namespace testmta::world
