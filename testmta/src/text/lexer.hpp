#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "text/mistakes.hpp"
#include "text/source.hpp"

/// The words of scripts and worlds (testmta.md 3): one statement a line, `#` comments, a backslash that joins
/// lines, bare and quoted words, `${variables}`, here-documents.
namespace testmta::text {

struct variable {
    std::string name;
};
/// A word is literal text and variables in turn; their values are known only when the statement's turn comes.
using piece = std::variant<std::string, variable>;

enum class token_kind { bare, quoted, heredoc, comma, arrow };

class token {
public:
    token(token_kind what, std::size_t where) : kind(what), offset(where) {}

    token_kind kind;
    std::size_t offset;
    std::vector<piece> pieces;       ///< adjacent parts are one word: `i="a b"`
    std::vector<std::size_t> lines;  ///< of a here-document: where each stands in the file
    /// Where a backslash stands before a letter that means nothing to us; both are kept, for in a regular
    /// expression
    /// `\S` is meant so.
    std::optional<std::size_t> odd_escape;
};

class statement {
public:
    std::vector<token> tokens;  ///< at least one
    std::size_t end = 0;        ///< where the line ends: the place of what is missing
};

enum class heredocs { refused, allowed };

/// Every statement of the file. A line that cannot be cut into words is noted and left out.
std::vector<statement> read_statements(source const& file, heredocs allowed, mistakes& wrong);

}  // namespace testmta::text
