#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callout::core {

/// Returns the words of one line of GNU Mailfromd's callout protocol, without their quotes: blanks separate
/// words, `"..."` and `'...'` keep them together, a backslash outside single quotes takes the next character,
/// and within double quotes `\n`, `\r` and `\t` stand for the control characters, which the reader of the
/// words refuses. Nothing if a quote is not closed.
std::optional<std::vector<std::string>> split_words(std::string_view line);

/// Returns `text` as one word, whatever it holds: in double quotes, with a backslash before `"` and `\`.
std::string in_quotes(std::string_view text);

/// The two sides of NAME=VALUE.
struct assignment {
    std::string_view name;
    std::string_view value;
};
/// Splits a word at its first `=`. Nothing if it has none.
std::optional<assignment> split_assignment(std::string_view word);

bool has_control_character(std::string_view text);

}  // namespace callout::core
