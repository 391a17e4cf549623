#pragma once

#include <map>
#include <string>

#include "config/config.hpp"

namespace vouchd {

/// Everything that a configuration reaches, by name: the fields of every part's options, and what the parts
/// that read the configuration themselves make of it.
using effects = std::map<std::string, std::string>;

effects effects_of(config const& values);
effects effects_of(callout::engine_options const& options);
effects effects_of(callout::resolver_options const& options);
effects effects_of(milterproto::server_options const& options);

/// Returns what `changed` has that differs from `before`.
effects difference(effects const& before, effects const& changed);

}  // namespace vouchd
