#pragma once

#include <gtest/gtest.h>

#include "script/script_parser.hpp"

namespace testmta::run {

inline std::vector<test> parse_text(std::string const& content, std::string& report,
                                    command_line_settings const& options = {}) {
    text::sources files;
    text::mistakes wrong;
    auto found = parse_script(text::source("s", content), options, files, wrong);
    report = wrong.report(files);
    return found;
}

/// Returns the tests of a script that must not have a mistake.
inline std::vector<test> good_script(std::string const& content, command_line_settings const& options = {}) {
    std::string report;
    auto found = parse_text(content, report, options);
    EXPECT_EQ(report, "");
    return found;
}

/// Returns the steps of a test without blocks that stay blocks.
inline std::vector<step> steps_of(test const& what) {
    std::vector<step> steps;
    for (auto const& one : what.body) steps.push_back(std::get<step>(one.what));
    return steps;
}

/// Returns the steps of a test that consists of these lines.
inline std::vector<step> good_steps(std::string const& lines) {
    auto tests = good_script("test one\n" + lines + "end\n");
    EXPECT_EQ(tests.size(), 1u);
    return tests.empty() ? std::vector<step>() : steps_of(tests.front());
}

/// Returns `LINE:COLUMN: text` of the only mistake.
inline std::string only_mistake(std::string const& content, command_line_settings const& options = {}) {
    std::string report;
    parse_text(content, report, options);
    return report.empty() ? report : report.substr(2, report.find('\n') - 2);
}

/// The same of a test that consists of these lines, which begin at line 2.
inline std::string mistake_in_test(std::string const& lines) {
    return only_mistake("test one\n" + lines + "end\n");
}

}  // namespace testmta::run
