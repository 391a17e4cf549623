#pragma once

#include <optional>

#include "model.hpp"
#include "text/mistakes.hpp"
#include "text/source.hpp"

namespace testmta::world {

/// The world that a file describes; nothing, and `wrong` says why, where it has a mistake (TM-108).
std::optional<description> parse(text::source const& file, text::mistakes& wrong);

}  // namespace testmta::world
