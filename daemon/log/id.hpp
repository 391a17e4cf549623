#pragma once

#include <string>

#include "callout/doors/random.hpp"

namespace vouchd {

/// Returns 80 random bits in base32, by which log lines, replies and explanations are found.
std::string make_id(callout::random& chance);

}  // namespace vouchd
