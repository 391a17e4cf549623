#pragma once

#include <string>
#include <string_view>

namespace callout::core {

/// The registered domain of a host's name: who operates it. Without a list of public suffixes: two labels, or
/// three where the last but one is a category below a country ("co.uk", "com.au"). A mistake makes strangers
/// share a limit.
std::string organisation_of(std::string_view host);

}  // namespace callout::core
