#pragma once

#include "explain/explanation.hpp"

namespace vouchd {

/// Returns what `explain`, `verify` and `ask` end with (DM-027).
int exit_status_of(deliverable outcome);

}  // namespace vouchd
