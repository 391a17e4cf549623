#include "config/problem.hpp"

#include <algorithm>
#include <map>
#include <ranges>

namespace vouchd {

std::string problem::to_string() const {
    auto line = where.file + ':';
    if (where.line != 0) line += std::to_string(where.line) + ':' + std::to_string(where.column) + ':';
    line += severity == vouchd::severity::error ? " error " : " warning ";
    line += remedy.code;
    if (!key.empty()) line += ' ' + key;
    return line + ": " + remedy.text;
}

std::string report(std::vector<problem> const& problems) {
    std::multimap<place, problem const*> in_source;  // those of one place keep their order
    for (auto const& one : problems) in_source.emplace(one.where, &one);
    std::string text;
    for (auto const& [where, one] : in_source | std::views::take(most_problems)) {
        text += one->to_string() + '\n';
    }
    if (problems.size() > most_problems) {
        text += "and " + std::to_string(problems.size() - most_problems) + " more\n";
    }
    return text;
}

bool any_error(std::vector<problem> const& problems) {
    return std::ranges::any_of(problems, [](auto const& one) { return one.severity == severity::error; });
}

}  // namespace vouchd
