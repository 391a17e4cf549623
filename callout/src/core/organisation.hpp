#pragma once

#include <string>
#include <string_view>

namespace callout::core {

/// Returns the registered domain of a name, which stands for whoever owns it: "example.co.uk" of
/// "mx1.example.co.uk", by the Public Suffix List as it was when libpsl was built. A name that is itself a
/// public suffix stands for itself, and so does an address. The name is in lower case.
std::string organisation_of(std::string_view name);

}  // namespace callout::core
