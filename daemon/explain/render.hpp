#pragma once

#include <string>

#include "explain/history.hpp"

namespace vouchd {

/// Returns the explanation in the sections of daemon.md 4.2. Everything that came from the network is
/// escaped.
std::string render(explanation const& what);

/// Returns a decision of the past: the message, and the sections that do not need the callout's events.
std::string render(logged_decision const& what);

}  // namespace vouchd
