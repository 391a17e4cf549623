#pragma once

#include <string>

#include "callout/doors/clock.hpp"

namespace callout::core {

/// Returns a time as RFC 5322 3.3 writes it, in UTC, and in English whatever the locale.
std::string mail_date(system_time when);

}  // namespace callout::core
