#include "record/command.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <csignal>
#include <exception>
#include <fstream>
#include <iostream>
#include <memory>

#include "host/exit_status.hpp"
#include "host/net.hpp"
#include "record/recorder.hpp"
#include "record/replay_player.hpp"
#include "run/filter_process.hpp"
#include "run/usage.hpp"

namespace testmta::record {

namespace asio = boost::asio;

namespace {

constexpr std::size_t most_octets = 64 * 1024 * 1024;  ///< of a recording's text

int record_sessions(record_options const& wanted) {
    recorder_plan const plan{run::read_address("--listen", wanted.listen),
                             run::read_address("--to", wanted.to), run::read_socket_mode(wanted.socket_mode)};
    raise_file_limit();
    std::size_t sessions = 0;
    if (wanted.output == "-") {
        sessions = record(plan, std::cout);
    } else {
        std::ofstream file(wanted.output, std::ios::binary | std::ios::trunc);
        if (!file)
            throw run::usage_error("-o: " + wanted.output + ": " + std::generic_category().message(errno));
        sessions = record(plan, file);
    }
    std::cerr << "recorded " << sessions << (sessions == 1 ? " session" : " sessions") << std::endl;
    return exit_status::passed;
}

/// A file of a recording, with its sessions in the order in which they began.
class recording_file {
public:
    std::unique_ptr<text::sources> files = std::make_unique<text::sources>();
    std::vector<recorded_session> sessions;
    std::vector<run::test> tests;  ///< one for each of them, for reports
};

/// Reads the wanted session, or all. Returns nothing, and reports why, if there is a mistake in the file.
std::optional<recording_file> load(std::string const& name, std::optional<std::size_t> wanted) {
    std::string problem;
    auto file = text::load(name, problem, most_octets);
    if (!file) throw run::usage_error(problem);
    text::mistakes wrong;
    auto lines = read_recording(*file, wrong);
    recording_file found;
    found.files->add(*std::move(file));
    std::cerr << wrong.report(*found.files);
    if (!wrong.none()) return std::nullopt;
    for (auto& one : lines) {
        if (wanted && one.session != *wanted) continue;
        auto const known = std::ranges::find(found.sessions, one.session, &recorded_session::number);
        auto& session = known != found.sessions.end() ? *known : found.sessions.emplace_back(one.session);
        session.lines.push_back(std::move(one));
    }
    for (auto const& one : found.sessions) {
        auto& made = found.tests.emplace_back();
        made.name = "session " + std::to_string(one.number);
        made.offset = one.lines.front().offset;
    }
    return found;
}

comparison read_comparison(std::string const& word) {
    if (word == "strict") return comparison::strict;
    if (word == "answers") return comparison::answers;
    if (word == "none") return comparison::none;
    throw run::usage_error("--compare: \"" + word + "\" is not a choice; expected strict, answers or none");
}

replay_rules read_rules(replay_options const& wanted) {
    replay_rules found;
    found.compares = read_comparison(wanted.compare);
    found.keeps_pauses = wanted.pauses;
    found.limit = run::read_duration("--timeout", wanted.timeout.empty() ? "60s" : wanted.timeout);
    for (auto const& one : wanted.ignored) {
        try {
            found.ignored.emplace_back(one, text::expression::letters::as_written);
        } catch (text::mistake_in_expression const& bad) {
            throw run::usage_error("--ignore: \"" + one + "\" is not a regular expression: " + bad.why());
        }
    }
    if (!found.ignored.empty() && found.compares != comparison::strict)
        throw run::usage_error("--ignore: only \"--compare strict\" looks at the words");
    return found;
}

/// Plays sessions one after the other.
class replayer {
public:
    replayer(replay_rules const& rules, milterproto::socket_spec filter,
             std::vector<std::string> const& hidden, std::vector<run::report*> const& reports)
        : rules_(rules),
          filter_(std::move(filter)),
          hidden_macros_(hidden),
          reports_(reports),
          signals_(io_, SIGINT, SIGTERM) {}

    /// Returns the exit status.
    int play(std::vector<recording_file> const& all) {
        signals_.async_wait([this](boost::system::error_code cancelled, int) {
            if (cancelled) return;
            stop("interrupted", exit_status::failed);
        });
        std::exception_ptr thrown;
        asio::co_spawn(io_, play_each(all), [&](std::exception_ptr problem) {
            thrown = problem;
            signals_.cancel();
        });
        io_.run();
        if (thrown) std::rethrow_exception(thrown);
        return status_;
    }

private:
    asio::awaitable<void> play_each(std::vector<recording_file> const& all) {
        std::size_t number = 0;
        for (auto const& file : all) {
            for (std::size_t i = 0; i != file.sessions.size(); ++i) {
                auto const begun = std::chrono::steady_clock::now();
                replay_player one(io_.get_executor(), file.sessions[i], rules_, filter_);
                co_await one.play();
                if (one.result.unreachable) {
                    stop(*one.result.unreachable, exit_status::no_filter);
                    co_return;
                }
                run::outcome how;
                how.took = std::chrono::duration_cast<std::chrono::microseconds>(
                    std::chrono::steady_clock::now() - begun);
                how.verdict = one.result.failed ? run::verdict::failed : run::verdict::passed;
                how.sessions.push_back(std::move(one.result));
                report({file.files.get(), &file.tests[i], ++number}, how);
            }
        }
    }

    void report(run::scripted_test const& which, run::outcome const& how) {
        run::tell(reports_, which, how, hidden_macros_);
        if (how.verdict == run::verdict::failed) status_ = exit_status::failed;
    }

    void stop(std::string const& why, int status) {
        status_ = status;
        for (auto* one : reports_) one->bail_out(why);
        io_.stop();
    }

    replay_rules const& rules_;
    milterproto::socket_spec filter_;
    std::vector<std::string> const& hidden_macros_;
    std::vector<run::report*> const& reports_;
    asio::io_context io_{1};
    asio::signal_set signals_;
    int status_ = exit_status::passed;
};

int replay_files(replay_options const& wanted) {
    constexpr std::chrono::seconds time_to_end{10};
    constexpr std::string_view usual = "10s";
    auto const filter = run::read_address("--milter", wanted.milter);
    auto const rules = read_rules(wanted);
    auto const patience =
        run::read_duration("--wait-for", wanted.wait_for.empty() ? std::string(usual) : wanted.wait_for);
    run::chosen_reports const chosen(wanted.report);
    std::vector<recording_file> all;
    auto is_good = true;
    for (auto const& name : wanted.files) {
        auto one = load(name, wanted.session);
        is_good = is_good && one;
        if (one) all.push_back(*std::move(one));
    }
    if (!is_good) return exit_status::usage;
    std::size_t sessions = 0;
    for (auto const& one : all) sessions += one.sessions.size();
    if (sessions == 0)
        throw run::usage_error(wanted.session ? "--session: the recording has no session " +
                                                    std::to_string(*wanted.session)
                                              : "the recording has no session");

    if (!wanted.start.empty()) ++sessions;  // how it ends is judged, too
    for (auto* one : chosen.all()) one->plan(sessions);
    std::unique_ptr<run::filter_process> started;
    if (!wanted.start.empty()) started = std::make_unique<run::filter_process>(wanted.start);
    auto const awaits = started || !wanted.wait_for.empty();
    auto const missing = awaits ? run::await_filter(filter, patience, started.get()) : std::nullopt;
    if (missing) {
        for (auto* one : chosen.all()) one->bail_out(*missing);
        for (auto* one : chosen.all()) one->end();
        return exit_status::no_filter;
    }
    auto status = replayer(rules, filter, wanted.hide, chosen.all()).play(all);
    if (started) {
        auto const bad_end = started->stop(time_to_end);
        for (auto* one : chosen.all()) one->add(sessions, "the filter ends well when it is stopped", bad_end);
        if (bad_end && status == exit_status::passed) status = exit_status::failed;
    }
    for (auto* one : chosen.all()) one->end();
    return status;
}

}  // namespace

int record(record_options const& wanted) {
    return run::with_usage("record", [&] { return record_sessions(wanted); });
}

int replay(replay_options const& wanted) {
    return run::with_usage("replay", [&] { return replay_files(wanted); });
}

}  // namespace testmta::record
