#pragma once

#include <optional>
#include <string>

#include "text/mistakes.hpp"
#include "text/source.hpp"
#include "world/language/model.hpp"

namespace testmta::world {

/// The world of one text, which includes nothing; nothing, and `wrong` says why, where it has a mistake
/// (TM-108).
std::optional<description> parse(text::source const& file, text::mistakes& wrong);

/// A file with all that it includes; nothing if there is a mistake anywhere, and `report` says where.
std::optional<description> read_world(std::string const& file, std::string& report);

}  // namespace testmta::world
