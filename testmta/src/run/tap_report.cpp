#include "run/tap_report.hpp"

#include <algorithm>
#include <ostream>

#include "text/indented.hpp"
#include "text/printable.hpp"

namespace testmta::run {

namespace {

/// A `#` begins a directive, unless a backslash stands before it.
std::string description(std::string const& name) {
    std::string text;
    for (char const c : text::readable(name)) {
        if (c == '#' || c == '\\') text += '\\';
        text += c;
    }
    return text;
}

/// Returns a double-quoted scalar of YAML.
std::string yaml_quoted(std::string_view value) {
    std::string text = "\"";
    for (char const c : text::readable(value)) {
        if (c == '"' || c == '\\') text += '\\';
        text += c;
    }
    return text + '"';
}

session_result const* first_failed(outcome const& how) {
    auto const found =
        std::ranges::find_if(how.sessions, [](auto const& one) { return one.failed.has_value(); });
    return found == how.sessions.end() ? nullptr : &*found;
}

}  // namespace

void tap_report::plan(std::size_t tests) {
    out_ << "TAP version 14\n1.." << tests << std::endl;
}

void tap_report::add_subtests(outcome const& how) {
    if (how.sessions.size() < 2) return;
    std::size_t number = 0;
    out_ << "    1.." << how.sessions.size() << '\n';
    for (auto const& one : how.sessions)
        out_ << "    " << (one.failed ? "not ok " : "ok ") << ++number << " - " << description(one.name)
             << '\n';
}

void tap_report::add(scripted_test const& which, outcome const& how, secrets const& hidden) {
    auto const is_good = how.verdict != verdict::failed;
    if (how.sessions.size() > 1) out_ << "# Subtest: " << description(which.what->name) << '\n';
    add_subtests(how);
    out_ << (is_good ? "ok " : "not ok ") << which.number << " - " << description(which.what->name);
    if (how.verdict == verdict::skipped) out_ << " # SKIP " << text::readable(how.reason);
    out_ << '\n';
    auto const has_doubts =
        std::ranges::any_of(how.sessions, [](auto const& one) { return !one.doubts.empty(); });
    if (!is_good || has_doubts || when_ == show_frames::always) explain_in_yaml(which, how, hidden);
    out_.flush();
}

void tap_report::explain_in_yaml(scripted_test const& which, outcome const& how, secrets const& hidden) {
    out_ << "  ---\n";
    for (auto const& session : how.sessions) {
        for (auto const& one : session.doubts)
            out_ << "  warning: "
                 << yaml_quoted(which.files->describe(one.offset) + ": " + hidden.hide_in(one.text)) << '\n';
    }
    auto const* failed = first_failed(how);
    if (failed != nullptr) {
        auto const& what = *failed->failed;
        auto const [file, within] = which.files->find(what.offset);
        auto const at = file->locate(within);
        auto const problem = hidden.hide_in(what.problem);
        constexpr std::string_view expected = "expected ", got = ", got ";
        auto const middle = problem.find(got);
        out_ << "  message: " << yaml_quoted(problem) << "\n  severity: fail\n  kind: " << word_of(what.kind)
             << "\n  file: " << yaml_quoted(file->name()) << "\n  line: " << at.line
             << "\n  column: " << at.column
             << "\n  statement: " << yaml_quoted(hidden.hide_in(std::string(file->line(at.line)))) << '\n';
        if (middle != std::string::npos && problem.starts_with(expected)) {
            out_ << "  expected: "
                 << yaml_quoted(std::string_view(problem).substr(expected.size(), middle - expected.size()))
                 << "\n  got: " << yaml_quoted(std::string_view(problem).substr(middle + got.size())) << '\n';
        }
        out_ << "  position: " << yaml_quoted(what.position) << '\n';
    }
    auto const shown = when_ == show_frames::always ? transcript::everything : last_frames;
    auto const shows =
        when_ == show_frames::always || (when_ == show_frames::on_failure && failed != nullptr);
    if (shows) {
        // The first line says how deep the text begins; those of frames are as deep or deeper.
        out_ << "  transcript: |\n    time, direction, frame, bytes\n";
        auto const& frames = failed != nullptr ? failed->frames : how.sessions.front().frames;
        out_ << text::indented(frames.format(shown, hidden), "  ");
    }
    out_ << "  ...\n";
}

void tap_report::add(std::size_t number, std::string const& name, std::optional<std::string> const& problem) {
    out_ << (problem ? "not ok " : "ok ") << number << " - " << description(name) << '\n';
    if (problem)
        out_ << "  ---\n  message: " << yaml_quoted(*problem)
             << "\n  severity: fail\n  kind: filter-died\n  ...\n";
    out_.flush();
}

void tap_report::bail_out(std::string const& why) {
    out_ << "Bail out! " << description(why) << std::endl;
}

}  // namespace testmta::run
