#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace testmta::run {

/// The options of the command line, as they were written.
struct options {
    std::vector<std::string> scripts;
    std::string milter;
    std::string start;
    std::string wait_for;
    std::vector<std::string> defines;  ///< NAME=VALUE
    std::string dialect;
    std::string timeout;
    std::string transcript = "fail";
    std::string only;
    std::vector<std::string> tags;
    std::vector<std::string> unwanted_tags;
    std::vector<std::string> hide;
    std::size_t jobs = 1;
    std::size_t retries = 0;
    bool fail_fast = false;
    bool tap = false;
    std::string junit;
    std::string save_fuzzed;
    std::string coverage;
    std::string explain_dialect;
    std::optional<std::uint32_t> seed;
};

/// Plays the tests of all scripts. Returns the exit status (testmta.md 2).
int run(options const& wanted);
/// Parses the scripts without playing them. Returns the exit status.
int check(options const& wanted);

}  // namespace testmta::run
