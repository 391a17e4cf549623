#include "config/nearest.hpp"

#include <algorithm>
#include <vector>

namespace vouchd {

namespace {

/// Returns Levenshtein's distance.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            auto const replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

}  // namespace

void nearest::consider(std::string_view name) {
    auto const distance = edit_distance(written_, name);
    if (distance >= distance_) return;
    distance_ = distance;
    found_ = name;
}

}  // namespace vouchd
