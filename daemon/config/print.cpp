#include <boost/json.hpp>

#include "config/config.hpp"
#include "config/schema.hpp"

namespace vouchd {

namespace {

std::pair<std::string_view, std::string_view> split(std::string_view path) {
    auto const dot = path.rfind('.');
    return {path.substr(0, dot), path.substr(dot + 1)};
}

std::string origin_of(config const& values, std::string_view path) {
    auto const origin = values.origins.find(path);
    if (origin == values.origins.end()) return "default";
    return origin->second.file + ':' + std::to_string(origin->second.line);
}

}  // namespace

std::string print_config(config const& values, print_what what) {
    static config const defaults;
    auto const& shown = what == print_what::defaults ? defaults : values;
    std::string text = what == print_what::differing ? "" : "config_version = 1\n";
    std::string_view section;
    for (auto const& key : schema()) {
        if (!key.is_supported()) continue;
        auto const value = key.print(shown);
        if (what == print_what::differing && value == key.print(defaults)) continue;
        auto const [in, name] = split(key.path);
        if (in != section) text.append(text.empty() ? "[" : "\n[").append(section = in).append("]\n");
        text.append(name).append(" = ").append(value);
        if (what != print_what::defaults) text.append("  # ").append(origin_of(values, key.path));
        text += '\n';
    }
    return text;
}

std::string print_config_json(config const& values, print_what what) {
    static config const defaults;
    auto const& shown = what == print_what::defaults ? defaults : values;
    boost::json::object all;
    for (auto const& key : schema()) {
        if (!key.is_supported()) continue;
        auto const value = key.print(shown);
        if (what == print_what::differing && value == key.print(defaults)) continue;
        // One line of TOML is the key's value in every type that there is, JSON's among them.
        all[key.path] = {{"value", boost::json::parse(value)}, {"origin", origin_of(shown, key.path)}};
    }
    return boost::json::serialize(all);
}

}  // namespace vouchd
