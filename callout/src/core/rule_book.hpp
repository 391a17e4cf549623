#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/names_in_reply.hpp"
#include "core/phrase.hpp"
#include "core/provider_rule.hpp"

namespace callout::core {

/// A phrase that a reply contains.
struct said_phrase {
    topic what;
    std::string text;  ///< the words as they were read
};

/// The phrases and rules of one or more files, ready to be looked up.
class rule_book {
public:
    void add(phrase one);
    /// Comes before the rules that are there: who adds a rule means it.
    void add(std::vector<provider_rule> rules);
    void add_class(std::string name, std::vector<word_sequence> members);

    std::vector<word_sequence> const* class_named(std::string_view name) const;
    /// Returns the names of block lists and of those who keep them: what a link may say.
    std::vector<std::string> const& names_of_lists() const noexcept { return lists_; }

    /// Returns the phrases from left to right: the longest at each place. None is within another, but for the
    /// words in a gap.
    std::vector<said_phrase> phrases_in(std::vector<std::string> const& words) const;
    /// Returns the first rule that fits, or null. `words` are the reply's.
    provider_rule const* rule_for(stage where, reply const& r, std::optional<enhanced_code> const& enhanced,
                                  std::string_view host, std::vector<std::string> const& words) const;

    std::size_t phrases() const noexcept { return phrases_.size(); }
    std::vector<provider_rule> const& rules() const noexcept { return rules_; }

private:
    void weigh(std::vector<std::size_t> const& candidates, std::vector<std::string> const& words,
               std::size_t at, phrase const*& best, phrase_match& found) const;

    std::vector<phrase> phrases_;
    std::unordered_map<std::string, std::vector<std::size_t>> by_word_;
    std::vector<std::size_t> by_prefix_;  ///< those that begin with the beginning of a word
    std::unordered_map<std::string, std::vector<word_sequence>> classes_;
    std::vector<std::string> barriers_;
    std::vector<std::string> lists_;
    std::vector<provider_rule> rules_;
};

/// What a file of rules is wrong in.
struct rules_error {
    std::size_t line = 0;
    std::string what;
};

/// Adds a file of rules (docs/reply_rules.md). After an error the book has part of it.
[[nodiscard]] std::optional<rules_error> add_rules(rule_book& to, std::string_view text,
                                                   std::string_view file);

}  // namespace callout::core
