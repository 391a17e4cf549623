#include "problem.hpp"

#include <algorithm>
#include <tuple>

namespace vouchd {

std::string problem::to_string() const {
    auto line = where.file + ':';
    if (where.line != 0) line += std::to_string(where.line) + ':' + std::to_string(where.column) + ':';
    line += severity == vouchd::severity::error ? " error " : " warning ";
    line += code;
    if (!key.empty()) line += ' ' + key;
    return line + ": " + text;
}

std::string report(std::vector<problem> problems) {
    auto const in_source = [](problem const& a, problem const& b) {
        return std::tie(a.where.file, a.where.line, a.where.column) <
               std::tie(b.where.file, b.where.line, b.where.column);
    };
    std::ranges::stable_sort(problems, in_source);
    std::string text;
    for (auto const& one : problems) {
        if (&one - problems.data() == most_problems) break;
        text += one.to_string() + '\n';
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
