#include "load/command.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <stdexcept>
#include <system_error>

#include "host/exit_status.hpp"
#include "host/net.hpp"
#include "load/load_report.hpp"
#include "load/load_run.hpp"
#include "script/filter_address.hpp"
#include "script/script_parser.hpp"

namespace testmta::load {

namespace {

run::command_line_settings settings_of(options const& wanted, plan const& what) {
    run::command_line_settings found;
    for (auto const& define : wanted.defines) {
        auto const equals = define.find('=');
        if (equals == std::string::npos || equals == 0)
            throw std::runtime_error("-D: \"" + define + "\" is not a definition; expected NAME=VALUE");
        found.defines[define.substr(0, equals)] = define.substr(equals + 1);
    }
    found.defaults.as = what.as;
    found.defaults.milter = wanted.milter;
    return found;
}

/// Returns the script, or nothing after its mistakes were reported.
std::optional<run::script> read_script(options const& wanted, plan const& what) {
    std::string problem;
    auto file = text::load(wanted.script, problem);
    if (!file) throw std::runtime_error(problem);
    text::mistakes wrong;
    run::script found;
    found.files = std::make_unique<text::sources>();
    found.tests = run::parse_script(*std::move(file), settings_of(wanted, what), *found.files, wrong);
    std::cerr << wrong.report(*found.files);
    if (!wrong.none()) return std::nullopt;
    if (found.tests.empty()) throw std::runtime_error(wanted.script + ": no test; expected at least one");
    return found;
}

/// Returns the one filter that the load is for.
milterproto::socket_spec read_filter(options const& wanted, std::optional<run::script> const& script) {
    if (script) {
        auto const& first = script->tests.front();
        for (auto const& one : script->tests) {
            if (one.milter != first.milter)
                throw std::runtime_error(
                    "the tests are for different filters, and a load is for one; "
                    "expected --milter SPEC");
        }
        return run::filter_of(first);
    }
    if (wanted.milter.empty()) throw std::runtime_error("no filter to load; expected --milter SPEC");
    std::string problem;
    auto const found = run::read_filter_address(wanted.milter, problem);
    if (!found) throw std::runtime_error("--milter: " + problem);
    return *found;
}

/// Each connection needs a descriptor, and each thread a few.
void raise_file_limit(plan const& what) {
    constexpr rlim_t for_thread = 8, for_process = 32;
    rlimit limit{};
    testmta::raise_file_limit();
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    auto const wanted = what.connections + what.threads * for_thread + for_process;
    if (limit.rlim_cur >= wanted) return;
    throw std::runtime_error("--connections: " + std::to_string(what.connections) + " connections need " +
                             std::to_string(wanted) + " open files, and at most " +
                             std::to_string(limit.rlim_max) +
                             " are allowed; raise the limit with ulimit -Hn, or use fewer");
}

int run_load(options const& wanted) {
    auto const what = read_plan(wanted);
    std::optional<run::script> script;
    if (!wanted.script.empty()) {
        script = read_script(wanted, what);
        if (!script) return exit_status::usage;
    }
    auto const filter = read_filter(wanted, script);
    raise_file_limit(what);
    std::ofstream json;
    if (!wanted.json.empty()) {
        json.open(wanted.json);
        if (!json)
            throw std::runtime_error("--json: \"" + wanted.json +
                                     "\" cannot be written; expected a file in a folder that exists");
    }
    auto const shows_line = !wanted.verbose && isatty(STDERR_FILENO) == 1;
    auto const how = wanted.verbose ? progress::line_each_second
                     : shows_line   ? progress::line_that_changes
                                    : progress::none;
    auto& progress_to = wanted.verbose ? std::cout : std::cerr;
    auto const result = play_load(what, filter, script ? &*script : nullptr, how, progress_to);
    load_report const report(what, result);
    std::cout << report.text() << std::flush;
    if (json.is_open() && !(json << report.json() << std::flush))
        throw std::runtime_error("--json: \"" + wanted.json + "\" was not written to its end");
    return report.exit_status();
}

}  // namespace

int run(options const& wanted) {
    try {
        return run_load(wanted);
    } catch (std::system_error const&) {
        throw;  // a fault of the machine, and not of the command line
    } catch (std::runtime_error const& problem) {
        std::cerr << "testmta load: " << problem.what() << '\n';
        return exit_status::usage;
    }
}

}  // namespace testmta::load
