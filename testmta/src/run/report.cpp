#include "run/report.hpp"

#include "text/mistakes.hpp"

namespace testmta::run {

namespace {

std::string with_place(text::sources const& files, std::size_t offset, std::string const& what) {
    text::mistakes place;
    place.add(text::mistake(offset, what));
    return place.report(files);
}

}  // namespace

void tell(std::vector<report*> const& all, scripted_test const& which, outcome const& how,
          std::vector<std::string> const& hidden_macros) {
    secrets hidden(hidden_macros);
    for (auto const& one : how.sessions) one.frames.teach(hidden);
    for (auto* one : all) one->add(which, how, hidden);
}

std::string explain(text::sources const& files, failure const& what) {
    auto text = with_place(files, what.offset, what.problem);
    for (auto one = what.calls.rbegin(); one != what.calls.rend(); ++one)
        text += "called at " + files.describe(*one) + '\n';
    return text + what.position + '\n';
}

std::string explain(text::sources const& files, doubt const& what) {
    return with_place(files, what.offset, "warning: " + what.text);
}

}  // namespace testmta::run
