#pragma once

#include <string>
#include <vector>

#include "run/coverage.hpp"

namespace testmta::run {

/// Writes what was tried as JSON. Throws `std::runtime_error` if the file cannot be written.
void write_coverage(std::string const& file, coverage const& what);
/// Reads what `write_coverage` wrote. Throws `std::runtime_error` that names the file and what is wrong.
coverage read_coverage(std::string const& file);

/// Merges such files and prints the result, as text or as JSON. Returns the exit status.
int cover(std::vector<std::string> const& files, bool as_json);

}  // namespace testmta::run
