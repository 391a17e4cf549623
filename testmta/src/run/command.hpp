#pragma once

#include <string>
#include <vector>

namespace testmta::run {

/// As the command line says it.
struct options {
    std::vector<std::string> scripts;
    std::string milter;
    std::vector<std::string> defines;  ///< NAME=VALUE
    std::string dialect;
    std::string timeout;
    std::string transcript = "fail";
    std::string only;
};

/// Plays the tests of all scripts; the exit status (testmta.md 2).
int run(options const& wanted);
/// Parses them.
int check(options const& wanted);

}  // namespace testmta::run
