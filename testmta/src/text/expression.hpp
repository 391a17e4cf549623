#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace testmta::text {

/// A regular expression in the part of ECMAScript's syntax that needs no backtracking. It is compared in time
/// linear in the text and in bounded memory, because those whose programs are tested choose the texts.
class expression {
public:
    enum class letters { as_written, of_any_case };

    /// Throws `mistake_in_expression`.
    expression(std::string_view pattern, letters compared);

    bool is_found_in(std::string_view text) const;
    /// Returns how many groups it has.
    int groups() const noexcept;
    /// Returns what its first group is in the text, or nothing if it is not found there. It must have a
    /// group.
    std::optional<std::string> taken_out_of(std::string_view text) const;
    /// Returns the text without everything that matches.
    std::string left_of(std::string_view text) const;
    std::string const& text() const noexcept;

private:
    std::shared_ptr<re2::RE2 const> compiled_;  ///< shared, because rules are copied
};

/// Why a text is not such an expression.
class mistake_in_expression {
public:
    explicit mistake_in_expression(std::string why) : why_(std::move(why)) {}
    std::string const& why() const noexcept { return why_; }

private:
    std::string why_;
};

}  // namespace testmta::text
