#include "run/command.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <exception>
#include <iostream>
#include <stdexcept>

#include "host/exit_status.hpp"
#include "run/player.hpp"
#include "run/report.hpp"
#include "script/filter_address.hpp"
#include "script/script_parser.hpp"
#include "text/values.hpp"

namespace testmta::run {

namespace {

namespace asio = boost::asio;

class usage_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class script {
public:
    script(text::source from, std::vector<test> what) : file(std::move(from)), tests(std::move(what)) {}
    text::source file;
    std::vector<test> tests;
};

command_line_settings read_options(options const& wanted) {
    command_line_settings found;
    for (auto const& define : wanted.defines) {
        auto const equals = define.find('=');
        if (equals == std::string::npos || equals == 0)
            throw usage_error("-D: \"" + define + "\" is not a definition; expected NAME=VALUE");
        found.defines[define.substr(0, equals)] = define.substr(equals + 1);
    }
    if (!wanted.dialect.empty()) {
        auto const as = std::ranges::find(dialects(), wanted.dialect, &dialect::name);
        if (as == dialects().end())
            throw usage_error("--dialect: \"" + wanted.dialect +
                              "\" is not a dialect; expected plain, postfix or sendmail");
        found.defaults.as = &*as;
    }
    if (!wanted.timeout.empty()) {
        auto const limit = text::parse_duration(wanted.timeout);
        if (!limit)
            throw usage_error("--timeout: \"" + wanted.timeout +
                              "\" is not a duration; expected a value such as 5s");
        found.defaults.default_limit = *limit;
        found.defaults.limits.clear();
    }
    found.defaults.milter = wanted.milter;
    return found;
}

/// Returns all scripts, or nothing: a mistake in one script keeps all of them from being played (TM-002).
std::optional<std::vector<script>> read_scripts(options const& wanted) {
    auto const by_command_line = read_options(wanted);
    std::vector<script> scripts;
    auto good = true;
    for (auto const& name : wanted.scripts) {
        std::string problem;
        auto file = text::load(name, problem);
        if (!file) throw usage_error(problem);
        text::mistakes wrong;
        auto tests = parse_script(*file, by_command_line, wrong);
        std::cerr << wrong.report(*file);
        good = good && wrong.none();
        scripts.emplace_back(*std::move(file), std::move(tests));
    }
    if (!good) return std::nullopt;
    return scripts;
}

milterproto::socket_spec filter_of(test const& what) {
    if (what.milter.empty())
        throw usage_error("no filter to test; expected --milter SPEC, or \"milter\" in the script");
    std::string problem;
    auto const address = read_filter_address(what.milter, problem);
    if (!address) throw usage_error("--milter: " + problem);
    return *address;
}

void select(std::vector<script>& scripts, std::string const& glob) {
    if (glob.empty()) return;
    std::size_t left = 0;
    for (auto& one : scripts) {
        std::erase_if(one.tests,
                      [&](test const& t) { return fnmatch(glob.c_str(), t.name.c_str(), 0) != 0; });
        left += one.tests.size();
    }
    if (left == 0) throw usage_error("--only: no test has a name that matches \"" + glob + '"');
}

/// Returns nothing if the test was interrupted.
std::optional<outcome> play(test const& what) {
    asio::io_context io(1);
    player one(io.get_executor(), what, filter_of(what));
    asio::signal_set signals(io, SIGINT, SIGTERM);
    auto finished = false;
    std::exception_ptr failure;
    signals.async_wait([&](boost::system::error_code cancelled, int) {
        if (!cancelled) io.stop();
    });
    asio::co_spawn(io, one.play(), [&](std::exception_ptr thrown) {
        finished = true;
        failure = thrown;
        signals.cancel();
    });
    io.run();
    if (failure) std::rethrow_exception(failure);
    if (!finished) return std::nullopt;
    return std::move(one.result);
}

int play_all(std::vector<script> const& scripts, report& results) {
    for (auto const& one : scripts) {
        for (auto const& what : one.tests) {
            auto const how = play(what);
            if (!how) {
                results.bail_out("interrupted");
                return exit_status::failed;
            }
            if (how->verdict == verdict::no_filter) {
                results.bail_out(how->problem);
                return exit_status::no_filter;
            }
            results.add(one.file, what, *how);
        }
    }
    return results.failed() == 0 ? exit_status::passed : exit_status::failed;
}

show_frames parse_transcript(std::string const& word) {
    if (word == "never") return show_frames::never;
    if (word == "always") return show_frames::always;
    if (word == "fail") return show_frames::on_failure;
    throw usage_error("--transcript: \"" + word + "\" is not a choice; expected never, fail or always");
}

int run_scripts(options const& wanted) {
    report results(std::cout, parse_transcript(wanted.transcript));
    auto scripts = read_scripts(wanted);
    if (!scripts) return exit_status::usage;
    select(*scripts, wanted.only);
    std::size_t tests = 0;
    for (auto const& one : *scripts) {
        tests += one.tests.size();
        for (auto const& what : one.tests) filter_of(what);
    }
    results.plan(tests);
    return play_all(*scripts, results);
}

template <class Function>
int with_usage(std::string_view command, Function function) {
    try {
        return function();
    } catch (usage_error const& problem) {
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
