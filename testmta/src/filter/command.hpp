#pragma once

#include <string>
#include <vector>

#include "run/report_choice.hpp"
#include "run/script_choice.hpp"

namespace testmta::filter {

/// The options of the command line, as they were written.
struct options {
    run::script_choice script;  ///< `milter` is where to listen
    run::report_choice report;
    std::string socket_mode;
    std::string ready_file;
    std::vector<std::string> hide;
    bool once = false;
};

/// Plays the filter of the scripts to MTAs that connect. Returns the exit status (testmta.md 2).
int run(options const& wanted);

}  // namespace testmta::filter
