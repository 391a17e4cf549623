#pragma once

#include "milterproto/core/wire/frame.hpp"
#include "script/step.hpp"

namespace testmta::filter {

namespace core = milterproto::core;

/// Returns whether what the MTA sent is what the script awaits. What the script does not say may be anything:
/// any recipient, parameters after those that it names, a field's value, a client's port.
bool is_awaited(run::action const& wanted, core::frame const& came);

}  // namespace testmta::filter
