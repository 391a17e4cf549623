#pragma once

#include <optional>
#include <string>

/// The groups of this machine, to whose members a unix socket is opened. At start alone, when there is one
/// thread.
namespace vouchd {

bool is_group(std::string const& name);
/// Returns the group whose name is spelt most nearly so, or nothing if none is near.
std::optional<std::string> nearest_group(std::string const& name);

}  // namespace vouchd
