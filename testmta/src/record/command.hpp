#pragma once

#include <optional>
#include <string>
#include <vector>

#include "run/report_choice.hpp"

namespace testmta::record {

/// The options of the command line, as they were written.
struct record_options {
    std::string listen;
    std::string to;
    std::string output = "-";
    std::string socket_mode;
};

struct replay_options {
    std::vector<std::string> files;
    std::string milter;
    std::string start;
    std::string wait_for;
    std::string compare = "answers";
    bool pauses = false;
    std::vector<std::string> ignored;
    std::string timeout;
    std::optional<std::size_t> session;
    run::report_choice report;
    std::vector<std::string> hide;
};

/// Stands between MTAs and a filter, and writes down what passes. Returns the exit status (testmta.md 2).
int record(record_options const& wanted);
/// Plays recordings to a filter, and compares its answers. Returns the exit status.
int replay(replay_options const& wanted);

}  // namespace testmta::record
