#pragma once

#include <memory>
#include <vector>

#include "config/config.hpp"
#include "policy/step.hpp"

namespace vouchd {

/// Returns the rules of daemon.md 3.2 that spare a callout, in its order. They borrow the configuration's
/// lists.
std::vector<std::unique_ptr<step const>> default_rules(config const& values);

}  // namespace vouchd
