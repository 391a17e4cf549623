#pragma once

#include "load/plan.hpp"

namespace testmta::load {

/// Loads a filter and reports how it did. Returns the exit status (testmta.md 2).
int run(options const& wanted);

}  // namespace testmta::load
