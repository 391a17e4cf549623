#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "run/filter_process.hpp"
#include "run/report.hpp"
#include "run/script_choice.hpp"
#include "script/test.hpp"

namespace testmta::run {

/// How tests are played.
struct suite_plan {
    std::size_t jobs = 1;     ///< how many at the same time
    std::size_t retries = 0;  ///< how often a test that failed is played again
    bool ends_at_failure = false;
    std::vector<std::string> hidden_macros;
    std::string fuzzed_folder;  ///< where fuzzed sessions that failed are saved; empty: nowhere
};

/// What has come of all of them.
struct suite_result {
    std::size_t passed = 0, failed = 0, skipped = 0;
    bool has_no_filter = false;
    bool was_interrupted = false;
    coverage covered;
};

/// Plays the tests of the scripts, each at its filter, and reports them in their order, whichever ends first
/// (TM-010). SIGINT and SIGTERM end it early (TM-012).
suite_result play_all(std::vector<script> const& scripts, suite_plan const& plan,
                      std::vector<report*> const& reports, filter_process* started);

/// Returns the address of the filter that the test is for. Throws `std::runtime_error` if it is not known.
milterproto::socket_spec filter_of(test const& what);

}  // namespace testmta::run
