#include "config/deep_key.hpp"

#include <algorithm>

namespace vouchd {

namespace {

constexpr std::size_t npos = std::string_view::npos;

/// Returns the place after the string that begins at `at`. One that does not end in its line ends there.
std::size_t end_of_string(std::string_view text, std::size_t at) {
    char const quote = text[at];
    auto const three = std::string_view(quote == '"' ? "\"\"\"" : "'''");
    bool const is_long = text.substr(at).starts_with(three);
    for (at += is_long ? 3 : 1; at < text.size(); ++at) {
        if (quote == '"' && text[at] == '\\') {
            ++at;
        } else if (is_long ? text.substr(at).starts_with(three) : text[at] == quote) {
            return at + (is_long ? 3 : 1);
        } else if (!is_long && text[at] == '\n') {
            return at;
        }
    }
    return text.size();
}

place place_at(std::string_view text, std::size_t at, std::string const& file) {
    auto const before = text.substr(0, at);
    auto const last = before.rfind('\n');
    auto const line = std::ranges::count(before, '\n') + 1;
    auto const column = at - (last == npos ? 0 : last + 1) + 1;
    return {file, static_cast<std::uint32_t>(line), static_cast<std::uint32_t>(column)};
}

}  // namespace

std::optional<place> find_deep_key(std::string_view text, std::string const& file) {
    constexpr std::string_view between_keys = "=,[]{}\n";
    std::size_t parts = 1;
    for (std::size_t at = 0; at < text.size();) {
        char const c = text[at];
        if (c == '"' || c == '\'') {
            at = end_of_string(text, at);
        } else if (c == '#') {
            at = std::min(text.find('\n', at), text.size());
        } else {
            if (between_keys.find(c) != npos) parts = 1;
            if (c == '.' && ++parts > most_key_parts) return place_at(text, at, file);
            ++at;
        }
    }
    return std::nullopt;
}

}  // namespace vouchd
