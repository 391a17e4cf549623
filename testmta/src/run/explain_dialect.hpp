#pragma once

#include <string>

#include "script/dialect.hpp"

namespace testmta::run {

/// Returns what an MTA of this dialect sends and how it carries out edits, line by line (testmta.md 4).
std::string explain(dialect const& as);

}  // namespace testmta::run
