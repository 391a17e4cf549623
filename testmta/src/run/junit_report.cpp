#include "run/junit_report.hpp"

#include <algorithm>
#include <cstdio>

#include "host/whole_file.hpp"
#include "text/printable.hpp"

namespace testmta::run {

namespace {

/// Returns text that is valid in XML 1.0, also between quotes. Line ends and tabs stay.
std::string escaped(std::string_view value) {
    std::string text;
    auto const append_readable = [&](std::string_view part) {
        for (char const c : text::readable(part)) {
            switch (c) {
                case '&': text += "&amp;"; break;
                case '<': text += "&lt;"; break;
                case '>': text += "&gt;"; break;
                case '"': text += "&quot;"; break;
                default: text += c;
            }
        }
    };
    while (!value.empty()) {
        auto const end = std::min(value.find_first_of("\n\t"), value.size());
        append_readable(value.substr(0, end));
        value.remove_prefix(end);
        if (value.empty()) break;
        text += value.front();
        value.remove_prefix(1);
    }
    return text;
}

std::string attribute(std::string_view name, std::string_view value) {
    return std::string(" ").append(name).append("=\"").append(escaped(value)).append("\"");
}

std::string seconds(std::chrono::microseconds time) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6f", std::chrono::duration<double>(time).count());
    return text;
}

}  // namespace

junit_report::suite& junit_report::suite_of(std::string const& name) {
    auto const found = std::ranges::find(suites_, name, &suite::name);
    if (found != suites_.end()) return *found;
    return suites_.emplace_back(suite{name, {}, {}});
}

void junit_report::add(scripted_test const& which, outcome const& how, secrets const& hidden) {
    auto const script = which.files->find(0).file->name();
    auto& into = suite_of(script);
    ++into.of.tests;
    into.of.took += how.took;
    std::string inside, out;
    if (how.verdict == verdict::skipped) {
        ++into.of.skipped;
        inside = "      <skipped" + attribute("message", how.reason) + "/>\n";
    }
    for (auto const& session : how.sessions) {
        for (auto const& one : session.doubts) out += hidden.hide_in(explain(*which.files, one));
        if (!session.failed) continue;
        auto const text = hidden.hide_in(explain(*which.files, *session.failed));
        inside += "      <failure" + attribute("type", word_of(session.failed->kind)) +
                  attribute("message", hidden.hide_in(session.failed->problem)) + '>' + escaped(text) +
                  "</failure>\n";
        out += session.frames.format(transcript::everything, hidden);
    }
    if (how.verdict == verdict::failed) ++into.of.failures;
    if (!out.empty()) inside += "      <system-out>" + escaped(out) + "</system-out>\n";
    into.cases += "    <testcase" + attribute("name", which.what->name) + attribute("classname", script) +
                  attribute("time", seconds(how.took)) +
                  (inside.empty() ? "/>\n" : ">\n" + inside + "    </testcase>\n");
}

void junit_report::add(std::size_t, std::string const& name, std::optional<std::string> const& problem) {
    auto& into = suite_of("testmta run");
    ++into.of.tests;
    into.of.failures += problem ? 1 : 0;
    into.cases += "    <testcase" + attribute("name", name) + attribute("time", seconds({}));
    into.cases += problem ? ">\n      <failure" + attribute("type", word_of(failure_kind::filter_died)) +
                                attribute("message", *problem) + "/>\n    </testcase>\n"
                          : "/>\n";
}

void junit_report::bail_out(std::string const& why) {
    auto& into = suite_of("testmta run");
    ++into.of.tests;
    ++into.of.errors;
    into.cases += "    <testcase" + attribute("name", "the run") + ">\n      <error" +
                  attribute("message", why) + "/>\n    </testcase>\n";
}

void junit_report::end() {
    counts all;
    std::string suites;
    auto const numbers = [](counts const& of) {
        return attribute("tests", std::to_string(of.tests)) +
               attribute("failures", std::to_string(of.failures)) +
               attribute("errors", std::to_string(of.errors)) +
               attribute("skipped", std::to_string(of.skipped)) + attribute("time", seconds(of.took));
    };
    for (auto const& one : suites_) {
        all.tests += one.of.tests;
        all.failures += one.of.failures;
        all.errors += one.of.errors;
        all.skipped += one.of.skipped;
        all.took += one.of.took;
        suites += "  <testsuite" + attribute("name", one.name) + numbers(one.of) + ">\n" + one.cases +
                  "  </testsuite>\n";
    }
    write_whole(file_, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + numbers(all) + ">\n" +
                           suites + "</testsuites>\n");
}

}  // namespace testmta::run
