#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/config.hpp"

namespace toml {
inline namespace v3 {
class node;
}
}  // namespace toml

namespace vouchd {

/// When a reload puts a changed value in force (daemon.md 3.3).
enum class reload_class {
    at_once,       ///< L
    next_message,  ///< M; a message keeps the configuration with which it began
    listeners,     ///< S: sockets are opened and closed
    restart,       ///< R: the reload keeps the old value, and says so
};

/// One key of the configuration: the loader, the printer and the suggestions for a misspelt name all read
/// this table.
struct key {
    std::string_view path;
    reload_class reload;
    /// Takes a node's value, or returns what is wrong with it.
    std::function<std::optional<remedy>(config&, toml::node const&)> read;
    /// Returns the value in force, as TOML.
    std::function<std::string(config const&)> print;

    /// Returns false for a key that daemon.md names and that is not built yet: it is refused, never ignored.
    bool is_supported() const noexcept { return static_cast<bool>(read); }
};

std::span<key const> schema();
key const* find_key(std::string_view path);
/// Returns whether it is a table, such as `callout.soft`.
bool is_section(std::string_view path);
/// Returns the known name at an edit distance of at most two, or nothing.
std::optional<std::string> nearest_name(std::string_view path);

}  // namespace vouchd
