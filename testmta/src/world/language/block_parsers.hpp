#pragma once

#include "text/cursor.hpp"
#include "world/language/model.hpp"

/// The lines of the blocks of a world, one at a time. What is wrong is thrown as `text::mistake`.
namespace testmta::world {

zone parse_zone_head(text::cursor& words);
void parse_zone_line(text::cursor& words, zone& into);

peer parse_peer_head(text::cursor& words);
void parse_peer_line(text::cursor& words, peer& into);

entry parse_entry_head(text::cursor& words);
void parse_entry_line(text::cursor& words, entry& into);
/// An `expect` that stands alone is an entry of one question.
entry parse_lone_expectation(text::cursor& words);

/// `on STAGE [PATTERN] {CONDITION} -> ACTION, ...`, behind "on".
rule parse_rule(text::cursor& words);
std::vector<action> parse_actions(text::cursor& words);

/// A pattern, placed where it is wrong.
pattern parse_pattern(text::cursor& words, std::string_view expected);

}  // namespace testmta::world
