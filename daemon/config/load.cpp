#include <toml++/toml.h>

#include <fstream>
#include <sstream>

#include "config/check.hpp"
#include "config/config.hpp"
#include "config/deep_key.hpp"
#include "config/schema.hpp"

namespace vouchd {

namespace {

constexpr std::uintmax_t largest_file = 1 << 20;
constexpr std::int64_t this_version = 1;

place place_of(toml::node const& node, std::string const& file) {
    auto const& begin = node.source().begin;
    return {file, begin.line, begin.column};
}

/// Walks a parsed file and sets what the schema knows.
class reader {
public:
    reader(loaded_config& into, std::string file) : into_(into), file_(std::move(file)) {}

    void read(toml::table const& whole) {
        read_version(whole);
        read_table(whole, "");
    }

    void complain(remedy what, std::string path, place where) {
        into_.problems.push_back({severity::error, std::move(what), std::move(path), std::move(where)});
    }

private:
    void read_version(toml::table const& whole) {
        auto const* const node = whole.get("config_version");
        auto const version = node != nullptr ? node->value_exact<std::int64_t>() : std::nullopt;
        if (version == this_version) return;
        if (node == nullptr) {
            complain({"E101", "is missing (write config_version = 1 as the first line)"}, "config_version",
                     {file_});
        } else {
            complain({"E101", "was written for another release (this one reads 1)"}, "config_version",
                     place_of(*node, file_));
        }
    }

    void read_table(toml::table const& table, std::string const& prefix) {
        for (auto const& [name, node] : table) {
            auto const path = prefix + std::string(name.str());
            if (path != "config_version")
                read_node(path, node, {file_, name.source().begin.line, name.source().begin.column});
        }
    }

    void read_node(std::string const& path, toml::node const& node, place const& where) {
        auto const* const known = find_key(path);
        auto const* const table = node.as_table();
        if (known == nullptr && is_section(path)) {
            if (table == nullptr)
                return complain({"E103", "is a section (write [" + path + "])"}, path, where);
            return read_table(*table, path + '.');
        }
        if (known == nullptr) return complain_of_name(path, where);
        if (!known->is_supported())
            return complain({"E105", "is not supported yet (leave it out)"}, path, where);
        if (auto wrong = known->read(into_.values, node)) {
            return complain(*std::move(wrong), path, place_of(node, file_));
        }
        into_.values.origins[path] = where;
    }

    void complain_of_name(std::string const& path, place const& where) {
        auto const nearest = nearest_name(path);
        complain({"E100", nearest ? "no such key (did you mean " + *nearest + "?)" : "no such key"}, path,
                 where);
    }

    loaded_config& into_;
    std::string file_;
};

}  // namespace

loaded_config load_config_text(std::string_view text, std::string const& name) {
    loaded_config loaded;
    reader walk(loaded, name);
    if (auto const deep = find_deep_key(text, name)) {
        walk.complain({"E106", "a key has at most " + std::to_string(most_key_parts) + " parts"}, "", *deep);
        return loaded;
    }
    try {
        walk.read(toml::parse(text, name));
        check_config(loaded, name);
    } catch (toml::parse_error const& wrong) {
        auto const& begin = wrong.source().begin;
        walk.complain({"E106", std::string(wrong.description())}, "", {name, begin.line, begin.column});
    }
    return loaded;
}

loaded_config load_config(std::filesystem::path const& file) {
    auto const fail = [&file](std::string text) {
        loaded_config failed;
        failed.problems.push_back({severity::error, {"E108", std::move(text)}, "", {file.string()}});
        return failed;
    };
    std::error_code unreadable;
    auto const size = std::filesystem::file_size(file, unreadable);
    if (unreadable) return fail(unreadable.message() + " (give a file with -c)");
    if (size > largest_file) return fail("is larger than 1 MiB");
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    if (!stream) return fail("cannot be read");
    return load_config_text(text.str(), file.string());
}

}  // namespace vouchd
