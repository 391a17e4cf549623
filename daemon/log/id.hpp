#pragma once

#include <string>

#include "callout/doors/random.hpp"

namespace vouchd {

/// 80 random bits in base32: what a log line, a reply and an explanation are found by.
std::string make_id(callout::random& chance);

}  // namespace vouchd
