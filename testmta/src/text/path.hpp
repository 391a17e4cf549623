#pragma once

#include <string_view>

namespace testmta::text {

/// Returns an SMTP path without its angle brackets, for comparison: `<a@b>` and `a@b` are equal, `<>` is
/// empty.
inline std::string_view without_brackets(std::string_view path) {
    return path.starts_with('<') && path.ends_with('>') ? path.substr(1, path.size() - 2) : path;
}

}  // namespace testmta::text
