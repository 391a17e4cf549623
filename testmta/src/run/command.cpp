#include "run/command.hpp"

#include <iostream>
#include <memory>

#include "host/exit_status.hpp"
#include "host/net.hpp"
#include "run/coverage_file.hpp"
#include "run/explain_dialect.hpp"
#include "run/filter_process.hpp"
#include "run/suite_player.hpp"
#include "run/usage.hpp"

namespace testmta::run {

namespace {

int status_of(suite_result const& all, bool filter_ended_badly) {
    if (all.has_no_filter) return exit_status::no_filter;
    if (all.failed != 0 || all.was_interrupted || filter_ended_badly) return exit_status::failed;
    return all.passed == 0 && all.skipped != 0 ? exit_status::skipped : exit_status::passed;
}

/// Starts the filter, if wanted, and waits until it is there. Returns why it is not.
std::optional<std::string> prepare_filter(options const& wanted, std::vector<script> const& scripts,
                                          std::unique_ptr<filter_process>& started) {
    constexpr std::string_view usual = "10s";
    if (!wanted.start.empty()) started = std::make_unique<filter_process>(wanted.start);
    if (wanted.start.empty() && wanted.wait_for.empty()) return std::nullopt;
    auto const limit =
        read_duration("--wait-for", wanted.wait_for.empty() ? std::string(usual) : wanted.wait_for);
    for (auto const& one : scripts) {
        for (auto const& what : one.tests) {
            if (auto const problem = await_filter(filter_of(what), limit, started.get())) return problem;
        }
    }
    return std::nullopt;
}

int run_scripts(options const& wanted) {
    constexpr std::chrono::seconds time_to_end{10};
    if (!wanted.explain_dialect.empty()) {
        std::cout << explain(named_dialect("--explain-dialect", wanted.explain_dialect)) << std::flush;
        return exit_status::passed;
    }
    chosen_reports const chosen(wanted.report);
    auto const& reports = chosen.all();
    if (!wanted.wait_for.empty()) read_duration("--wait-for", wanted.wait_for);
    auto scripts = read_scripts(wanted.script, role::mta);
    if (!scripts) return exit_status::usage;
    select(*scripts, wanted.script);
    std::size_t tests = 0;
    for (auto const& one : *scripts) {
        tests += one.tests.size();
        for (auto const& what : one.tests) filter_of(what);
    }

    raise_file_limit();  // a test may have a thousand sessions (TM-088)
    auto const starts = !wanted.start.empty();
    for (auto* one : reports) one->plan(tests + (starts ? 1 : 0));
    std::unique_ptr<filter_process> started;
    suite_result all;
    if (auto const missing = prepare_filter(wanted, *scripts, started)) {
        all.has_no_filter = true;
        for (auto* one : reports) one->bail_out(*missing);
    } else {
        suite_plan const plan{wanted.jobs, wanted.retries, wanted.fail_fast, wanted.hide, wanted.save_fuzzed};
        all = play_all(*scripts, plan, reports, started.get());
    }
    std::optional<std::string> bad_end;
    if (started && !all.has_no_filter) {
        bad_end = started->stop(time_to_end);
        for (auto* one : reports) one->add(tests + 1, "the filter ends well when it is stopped", bad_end);
    }
    for (auto* one : reports) one->end();
    if (!wanted.coverage.empty()) write_coverage(wanted.coverage, all.covered);
    return status_of(all, bad_end.has_value());
}

}  // namespace

int run(options const& wanted) {
    return with_usage("run", [&] { return run_scripts(wanted); });
}

int check(script_choice const& wanted, role plays) {
    return with_usage("check",
                      [&] { return read_scripts(wanted, plays) ? exit_status::passed : exit_status::usage; });
}

}  // namespace testmta::run
