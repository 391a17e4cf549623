#pragma once

#include <string_view>

namespace testmta::text {

/// An SMTP path as people compare it: `<a@b>` and `a@b` are the same, `<>` is empty.
inline std::string_view without_brackets(std::string_view path) {
    return path.starts_with('<') && path.ends_with('>') ? path.substr(1, path.size() - 2) : path;
}

}  // namespace testmta::text
