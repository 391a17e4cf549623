#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "run/report_choice.hpp"
#include "run/script_choice.hpp"

namespace testmta::run {

/// The options of the command line, as they were written.
struct options {
    script_choice script;
    report_choice report;
    std::string start;
    std::string wait_for;
    std::vector<std::string> hide;
    std::size_t jobs = 1;
    std::size_t retries = 0;
    bool fail_fast = false;
    std::string save_fuzzed;
    std::string coverage;
    std::string explain_dialect;
};

/// Plays the tests of all scripts. Returns the exit status (testmta.md 2).
int run(options const& wanted);
/// Parses the scripts without playing them. Returns the exit status.
int check(script_choice const& wanted, role plays);

}  // namespace testmta::run
