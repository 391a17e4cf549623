#include "run/report_choice.hpp"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "run/junit_report.hpp"
#include "run/plain_report.hpp"
#include "run/tap_report.hpp"
#include "run/usage.hpp"

namespace testmta::run {

namespace {

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

}  // namespace

chosen_reports::chosen_reports(report_choice const& wanted) {
    auto const frames = parse_transcript(wanted.transcript);
    if (wanted.tap) {
        owned_.push_back(std::make_unique<tap_report>(std::cout, frames));
    } else {
        owned_.push_back(std::make_unique<plain_report>(std::cout, frames, parse_colours()));
    }
    if (!wanted.junit.empty()) owned_.push_back(std::make_unique<junit_report>(wanted.junit));
    for (auto const& one : owned_) all_.push_back(one.get());
}

}  // namespace testmta::run
