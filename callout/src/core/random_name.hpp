#pragma once

#include <string>

#include "callout/doors/random.hpp"

namespace callout::core {

/// Returns a local part that nobody has: a letter, then letters and digits, in lower case (smtp-callout.md
/// 3.5). It is random, so that no server can recognise it as a test.
std::string random_name(random& chance, std::size_t length);

}  // namespace callout::core
