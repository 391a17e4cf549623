#pragma once

#include <vector>

#include "config/schema.hpp"

namespace vouchd {

/// Returns every key in the order of daemon.md 3.2, which is the order of print-config.
std::vector<key> all_keys();

}  // namespace vouchd
