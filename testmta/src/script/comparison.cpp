#include "script/comparison.hpp"

#include <array>

#include "text/printable.hpp"

namespace testmta::run {

std::string_view sign_of(comparison how) {
    static constexpr std::array<std::string_view, 8> signs = {"==", "!=", "<", "<=", ">", ">=", "~", "!~"};
    return signs.at(static_cast<std::size_t>(how));
}

bool text_test::holds_for(std::string_view text) const {
    if (pattern) return pattern->is_found_in(text) == (how == comparison::matches);
    return satisfies<std::string_view>(how, text, value);
}

std::string text_test::describe() const {
    auto const& shown = pattern ? pattern->text() : value;
    return std::string(sign_of(how)) + " \"" + text::printable(shown) + '"';
}

std::string number_test::describe() const {
    return std::string(sign_of(how)) + ' ' + std::to_string(value);
}

}  // namespace testmta::run
