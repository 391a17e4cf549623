#include "run/report.hpp"

#include <ostream>

#include "text/mistakes.hpp"

namespace testmta::run {

namespace {

/// How many frames are shown of a failed test: enough to see what led to the failure.
constexpr std::size_t last_frames = 8;

}  // namespace

void report::plan(std::size_t tests) {
    out_ << "1.." << tests << std::endl;
}

void report::add(text::source const& file, test const& what, outcome const& how) {
    auto const passed = how.verdict == verdict::passed;
    out_ << (passed ? "ok " : "not ok ") << ++number_ << " - " << what.name << '\n';
    if (!passed) {
        ++failed_;
        explain(file, how);
    }
    auto const shown = when_ == show_frames::always ? transcript::everything : last_frames;
    if (when_ == show_frames::always || (when_ == show_frames::on_failure && !passed))
        out_ << how.frames.format(shown);
    out_.flush();
}

void report::explain(text::source const& file, outcome const& how) {
    text::mistakes place;
    place.add(text::mistake(how.offset, how.problem));
    out_ << "  " << place.report(file) << "  " << how.position << '\n';
}

void report::bail_out(std::string const& why) {
    out_ << "Bail out! " << why << std::endl;
}

}  // namespace testmta::run
