#pragma once

#include <optional>
#include <string>

#include "text/mistakes.hpp"
#include "text/source.hpp"
#include "world/language/model.hpp"

namespace testmta::world {

/// Parses a world in one text, which may not include others. Returns nothing, and adds to `wrong`, if there
/// is a mistake (TM-108).
std::optional<description> parse(text::source const& file, text::mistakes& wrong);

/// Parses the rules of a peer, in a text that has nothing else. Returns nothing, and adds to `wrong`, if
/// there is a mistake.
std::optional<std::vector<rule>> parse_rules(text::source const& file, text::mistakes& wrong);

/// Reads a file, or the standard input if it is called "-", and all that it includes. Returns nothing, and
/// describes the mistakes in `report`, if there are any.
std::optional<description> read_world(std::string const& file, std::string& report);

}  // namespace testmta::world
