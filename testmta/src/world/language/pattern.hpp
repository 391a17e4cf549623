#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "text/expression.hpp"

namespace testmta::world {

/// A pattern with `*` and `?`, or a regular expression between slashes. It ignores case.
class pattern {
public:
    /// Throws text::mistake_in_expression.
    explicit pattern(std::string text);

    bool matches(std::string_view what) const;
    bool is_expression() const noexcept { return expression_.has_value(); }
    std::string const& text() const noexcept { return text_; }

private:
    std::string text_;
    std::optional<text::expression> expression_;
};

}  // namespace testmta::world
