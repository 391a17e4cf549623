#pragma once

#include <optional>
#include <regex>
#include <string>
#include <string_view>

namespace testmta::world {

/// A pattern with `*` and `?` as in file names, or a regular expression (ECMAScript) between slashes. It
/// ignores case.
class pattern {
public:
    /// Throws std::regex_error.
    explicit pattern(std::string text);

    bool matches(std::string const& what) const;
    std::string const& text() const noexcept { return text_; }

private:
    std::string text_;
    std::optional<std::regex> expression_;
};

}  // namespace testmta::world
