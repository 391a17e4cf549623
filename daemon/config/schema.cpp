#include "config/schema.hpp"

#include <algorithm>

#include "config/keys.hpp"
#include "config/nearest.hpp"

namespace vouchd {

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
    nearest meant(path);
    for (auto const& one : schema()) {
        meant.consider(one.path);
        if (auto const dot = one.path.rfind('.'); dot != std::string_view::npos)
            meant.consider(one.path.substr(0, dot));
    }
    return meant.found();
}

}  // namespace vouchd
