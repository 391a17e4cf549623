#pragma once

#include <iosfwd>

#include "world/language/model.hpp"

namespace testmta::world {

/// Writes zones, peers and expectations, one a line.
void list(std::ostream& out, description const& what);

}  // namespace testmta::world
