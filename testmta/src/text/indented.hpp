#pragma once

#include <string>
#include <string_view>

namespace testmta::text {

/// Returns the lines with a margin before each.
std::string indented(std::string_view lines, std::string_view margin);

}  // namespace testmta::text
