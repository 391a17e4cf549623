#pragma once

#include "config/config.hpp"

namespace vouchd {

/// Checks what no type can express: bounds, values that depend on one another, and what is legal but unwise
/// (daemon.md 3.3). Fills in what follows from other values, such as sockets below the state directory.
void check_config(loaded_config& loaded, std::string const& file);

}  // namespace vouchd
