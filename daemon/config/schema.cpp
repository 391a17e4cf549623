#include "config/schema.hpp"

#include <algorithm>

#include "config/keys.hpp"

namespace vouchd {

namespace {

/// Levenshtein's, cut off above two.
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

std::span<key const> schema() {
    static std::vector<key> const keys = all_keys();
    return keys;
}

key const* find_key(std::string_view path) {
    auto const found = std::ranges::find(schema(), path, &key::path);
    return found == schema().end() ? nullptr : &*found;
}

bool is_section(std::string_view path) {
    auto const is_below = [path](key const& one) {
        return one.path.size() > path.size() && one.path.starts_with(path) && one.path[path.size()] == '.';
    };
    return std::ranges::any_of(schema(), is_below);
}

std::optional<std::string> nearest_name(std::string_view path) {
    std::optional<std::string> nearest;
    std::size_t closest = 3;
    auto const consider = [&](std::string_view name) {
        auto const distance = edit_distance(path, name);
        if (distance >= closest) return;
        closest = distance;
        nearest = name;
    };
    for (auto const& one : schema()) {
        consider(one.path);
        if (auto const dot = one.path.rfind('.'); dot != std::string_view::npos)
            consider(one.path.substr(0, dot));
    }
    return nearest;
}

}  // namespace vouchd
