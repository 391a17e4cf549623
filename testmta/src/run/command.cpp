#include "run/command.hpp"

#include <fnmatch.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "host/exit_status.hpp"
#include "run/coverage_file.hpp"
#include "run/explain_dialect.hpp"
#include "run/filter_process.hpp"
#include "run/junit_report.hpp"
#include "run/plain_report.hpp"
#include "run/suite_player.hpp"
#include "run/tap_report.hpp"
#include "script/script_parser.hpp"
#include "text/values.hpp"

namespace testmta::run {

namespace {

class usage_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

duration read_duration(std::string_view option, std::string const& word) {
    auto const time = text::parse_duration(word);
    if (!time)
        throw usage_error(std::string(option) + ": \"" + word +
                          "\" is not a duration; expected a value such as 5s");
    return *time;
}

dialect const& named_dialect(std::string_view option, std::string const& name) {
    auto const* found = find_dialect(name);
    if (found == nullptr)
        throw usage_error(std::string(option) + ": \"" + name + "\" is not a dialect; " + list_dialects());
    return *found;
}

command_line_settings read_settings(options const& wanted) {
    command_line_settings found;
    for (auto const& define : wanted.defines) {
        auto const equals = define.find('=');
        if (equals == std::string::npos || equals == 0)
            throw usage_error("-D: \"" + define + "\" is not a definition; expected NAME=VALUE");
        found.defines[define.substr(0, equals)] = define.substr(equals + 1);
    }
    if (!wanted.dialect.empty()) found.defaults.as = &named_dialect("--dialect", wanted.dialect);
    if (!wanted.timeout.empty()) {
        found.defaults.default_limit = read_duration("--timeout", wanted.timeout);
        found.defaults.connection_limit = found.defaults.default_limit;
        found.defaults.limits.clear();
    }
    found.defaults.milter = wanted.milter;
    found.defaults.fuzz_seed = wanted.seed;
    return found;
}

/// Returns all scripts, or nothing: a mistake in one script keeps all of them from being played (TM-002).
std::optional<std::vector<script>> read_scripts(options const& wanted) {
    if (wanted.scripts.empty()) throw usage_error("no script; expected SCRIPT...");
    auto const by_command_line = read_settings(wanted);
    std::vector<script> scripts;
    auto good = true;
    for (auto const& name : wanted.scripts) {
        std::string problem;
        auto file = text::load(name, problem);
        if (!file) throw usage_error(problem);
        text::mistakes wrong;
        script found;
        found.files = std::make_unique<text::sources>();
        found.tests = parse_script(*std::move(file), by_command_line, *found.files, wrong);
        std::cerr << wrong.report(*found.files);
        good = good && wrong.none();
        scripts.push_back(std::move(found));
    }
    if (!good) return std::nullopt;
    return scripts;
}

bool has_any(test const& one, std::vector<std::string> const& tags) {
    return std::ranges::any_of(
        tags, [&](std::string const& tag) { return std::ranges::find(one.tags, tag) != one.tags.end(); });
}

bool is_chosen(test const& one, options const& wanted) {
    auto const is_named = wanted.only.empty() || fnmatch(wanted.only.c_str(), one.name.c_str(), 0) == 0;
    auto const is_tagged = wanted.tags.empty() || has_any(one, wanted.tags);
    return is_named && is_tagged && !has_any(one, wanted.unwanted_tags);
}

/// Keeps the tests that were chosen.
void select(std::vector<script>& scripts, options const& wanted) {
    std::size_t left = 0;
    for (auto& one : scripts) {
        std::erase_if(one.tests, [&](test const& what) { return !is_chosen(what, wanted); });
        left += one.tests.size();
    }
    if (left != 0) return;
    if (!wanted.tags.empty() || !wanted.unwanted_tags.empty())
        throw usage_error("--tag, --without-tag: no test is left that was chosen");
    if (!wanted.only.empty())
        throw usage_error("--only: no test has a name that matches \"" + wanted.only + '"');
}

show_frames parse_transcript(std::string const& word) {
    if (word == "never") return show_frames::never;
    if (word == "always") return show_frames::always;
    if (word == "fail") return show_frames::on_failure;
    throw usage_error("--transcript: \"" + word + "\" is not a choice; expected never, fail or always");
}

/// Colours are for people (TM-094).
colours parse_colours() {
    auto const* without = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): nothing sets it
    auto const is_unwanted = without != nullptr && *without != '\0';
    return isatty(STDOUT_FILENO) == 1 && !is_unwanted ? colours::of_terminal : colours::none;
}

/// A test may have a thousand sessions (TM-088).
void raise_file_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

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
    auto const frames = parse_transcript(wanted.transcript);
    if (!wanted.wait_for.empty()) read_duration("--wait-for", wanted.wait_for);
    auto scripts = read_scripts(wanted);
    if (!scripts) return exit_status::usage;
    select(*scripts, wanted);
    std::size_t tests = 0;
    for (auto const& one : *scripts) {
        tests += one.tests.size();
        for (auto const& what : one.tests) filter_of(what);
    }

    plain_report plain(std::cout, frames, parse_colours());
    tap_report tap(std::cout, frames);
    junit_report junit(wanted.junit);
    std::vector<report*> reports{wanted.tap ? static_cast<report*>(&tap) : &plain};
    if (!wanted.junit.empty()) reports.push_back(&junit);

    raise_file_limit();
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

template <class Function>
int with_usage(std::string_view command, Function function) {
    try {
        return function();
    } catch (std::runtime_error const& problem) {
        std::cerr << "testmta " << command << ": " << problem.what() << '\n';
        return exit_status::usage;
    }
}

}  // namespace

int run(options const& wanted) {
    return with_usage("run", [&] { return run_scripts(wanted); });
}

int check(options const& wanted) {
    return with_usage("check",
                      [&] { return read_scripts(wanted) ? exit_status::passed : exit_status::usage; });
}

}  // namespace testmta::run
