#pragma once

#include <string>

#include "callout/doors/random.hpp"

namespace callout::core {

/// A local part that nobody has: a letter, then letters and digits, in lower case (smtp-callout.md 3.5).
/// Chance alone makes it, so that no server can know it for a test.
std::string random_name(random& chance, std::size_t length);

}  // namespace callout::core
