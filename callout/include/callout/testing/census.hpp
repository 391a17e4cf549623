#pragma once

#include <string>

#include "callout/engine_numbers.hpp"

namespace callout::testing {

/// Returns what an engine has in hand, such as "callouts under way: 2, retries: 1"; an empty text if nothing.
std::string census(callout::engine_numbers const& numbers);

}  // namespace callout::testing
