#pragma once

#include <chrono>
#include <optional>

#include "callout/reply.hpp"

namespace callout::core {

/// Returns the time in "try again in 300 seconds" or "5 minutes": at most an hour, whatever the peer says
/// (CO-078).
std::optional<std::chrono::seconds> retry_after(reply const& r);

}  // namespace callout::core
