#pragma once

#include "text/cursor.hpp"
#include "world/language/model.hpp"

/// Parses the blocks of a world, one line at a time. Each function throws `text::mistake`.
namespace testmta::world {

zone parse_zone_head(text::cursor& words);
void parse_zone_line(text::cursor& words, zone& into);

peer parse_peer_head(text::cursor& words);
void parse_peer_line(text::cursor& words, peer& into);

entry parse_entry_head(text::cursor& words);
void parse_entry_line(text::cursor& words, entry& into);
/// Parses an `expect` outside of an entry, which makes an entry of one question.
entry parse_lone_expectation(text::cursor& words);

/// Parses `on STAGE [PATTERN] {CONDITION} -> ACTION, ...` from the word after "on".
rule parse_rule(text::cursor& words);
std::vector<action> parse_actions(text::cursor& words);

/// Parses a pattern. The mistake names its place.
pattern parse_pattern(text::cursor& words, std::string_view expected);

}  // namespace testmta::world
