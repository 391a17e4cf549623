#pragma once

#include <string>
#include <string_view>

namespace callout::core {

/// Returns the registered domain of a host's name, which stands for its operator. There is no list of public
/// suffixes: it is two labels, or three if the last but one is a category below a country ("co.uk",
/// "com.au"). A mistake makes strangers share a limit.
std::string organisation_of(std::string_view host);

}  // namespace callout::core
