#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "text/mistakes.hpp"
#include "text/source.hpp"

/// Splits scripts and worlds into words (testmta.md 3): one statement a line, `#` comments, a backslash that
/// joins lines, bare and quoted words, `${variables}`, here-documents.
namespace testmta::text {

struct variable {
    std::string name;
};
/// A part of a word: literal text, or a variable, whose value is known only when the statement is executed.
using piece = std::variant<std::string, variable>;

enum class token_kind { bare, quoted, heredoc, comma, arrow };

class token {
public:
    token(token_kind what, std::size_t where) : kind(what), offset(where) {}

    token_kind kind;
    std::size_t offset;
    std::vector<piece> pieces;       ///< adjacent parts are one word: `i="a b"`
    std::vector<std::size_t> lines;  ///< of a here-document: the offset of each in the file
    /// Where a backslash comes before a letter that forms no escape. Both are kept, because a regular
    /// expression may contain `\S`.
    std::optional<std::size_t> odd_escape;
};

class statement {
public:
    std::vector<token> tokens;  ///< at least one
    std::size_t end = 0;        ///< where the line ends, which is the place of anything missing
};

enum class heredocs { refused, allowed };

/// Returns every statement of the file, with offsets that begin at `base`. Adds a line that cannot be split
/// into words to `wrong` instead.
std::vector<statement> read_statements(source const& file, heredocs allowed, mistakes& wrong,
                                       std::size_t base = 0);

}  // namespace testmta::text
