#pragma once

#include <string>

#include "text/cursor.hpp"

namespace testmta::run {

/// Takes `"NAME"` after the word `file`, and returns what the file holds. The name is relative to the folder.
std::string parse_file(text::cursor& line, std::string const& folder);

}  // namespace testmta::run
