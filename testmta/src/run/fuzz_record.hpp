#pragma once

#include <string>

#include "run/outcome.hpp"

namespace testmta::run {

/// Returns a script that sends what a fuzzed session sent, so that it fails in the same way without chance
/// (TM-086).
std::string script_of(std::string const& test, session_result const& session);

/// Writes such a script for each session of the test that failed, into files of the folder. Throws
/// `std::runtime_error` if one cannot be written.
void save_fuzzed(std::string const& folder, std::string const& test, outcome const& how);

}  // namespace testmta::run
