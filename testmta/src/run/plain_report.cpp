#include "run/plain_report.hpp"

#include <ostream>

#include "text/indented.hpp"
#include "text/printable.hpp"

namespace testmta::run {

namespace {

constexpr std::string_view green = "\x1b[32m", red = "\x1b[31m", reset = "\x1b[0m";

}  // namespace

void plain_report::plan(std::size_t tests) {
    out_ << "1.." << tests << std::endl;
}

void plain_report::head(bool is_good, std::size_t number, std::string const& name) {
    auto const* word = is_good ? "ok" : "not ok";
    if (colours_ == colours::none) {
        out_ << word;
    } else {
        out_ << (is_good ? green : red) << word << reset;
    }
    out_ << ' ' << number << " - " << text::readable(name);
}

bool plain_report::shows_frames(bool is_good) const {
    return when_ == show_frames::always || (when_ == show_frames::on_failure && !is_good);
}

void plain_report::add(scripted_test const& which, outcome const& how, secrets const& hidden) {
    auto const is_good = how.verdict != verdict::failed;
    head(is_good, which.number, which.what->name);
    if (how.verdict == verdict::skipped) out_ << " # SKIP " << how.reason;
    if (is_good && !how.reason.empty() && how.verdict == verdict::passed) out_ << " # " << how.reason;
    out_ << '\n';
    auto const shown = when_ == show_frames::always ? transcript::everything : last_frames;
    for (auto const& session : how.sessions) {
        for (auto const& one : session.doubts)
            out_ << text::indented(hidden.hide_in(explain(*which.files, one)), "  ");
        if (session.failed)
            out_ << text::indented(hidden.hide_in(explain(*which.files, *session.failed)), "  ");
        auto const tells = when_ == show_frames::always || session.failed;
        if (shows_frames(is_good) && tells) out_ << session.frames.format(shown, hidden);
    }
    out_.flush();
}

void plain_report::add(std::size_t number, std::string const& name,
                       std::optional<std::string> const& problem) {
    head(!problem, number, name);
    out_ << '\n';
    if (problem) out_ << "  " << *problem << '\n';
    out_.flush();
}

void plain_report::bail_out(std::string const& why) {
    out_ << "Bail out! " << text::readable(why) << std::endl;
}

}  // namespace testmta::run
