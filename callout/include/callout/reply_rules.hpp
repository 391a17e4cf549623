#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callout/reply.hpp"
#include "callout/stage.hpp"
#include "callout/verification.hpp"

namespace callout {

namespace core {
class rule_book;
}

/// What one reply means, and why.
class reply_meaning {
public:
    /// Words of the reply, and what they are about, for a person.
    struct said {
        std::string words;
        std::string about;
    };
    callout::status status = status::transient;
    callout::reason reason = reason::temporary;
    callout::scope scope = scope::address;
    callout::strength strength = strength::strong;
    std::optional<core::enhanced_code> enhanced;  ///< wherever it stands
    std::vector<said> words;                      ///< from left to right
    std::string rule;  ///< the provider's rule that decided, with its place and source; empty if none did
    std::string row;   ///< what fitted in the decision table: "5xx, words about us"; empty if a rule decided
};

/// How the words of replies are read: the rules that come with Vouch (callout/rules), and those that an
/// operator adds. The language is in docs/reply_rules.md. A value: copies share what they hold.
class reply_rules {
public:
    struct error {
        std::size_t line;
        std::string what;
    };
    reply_rules() {}

    /// Adds a file's rules. They come before those that are there. After an error nothing is added.
    [[nodiscard]] std::optional<error> add(std::string_view text, std::string_view file);

    /// Returns what a reply at this stage means, from a host of this name, about this address; both may be
    /// empty.
    reply_meaning meaning_of(core::reply const& r, core::stage where, std::string_view asked = {},
                             std::string_view host = {}) const;

    core::rule_book const& book() const;
    /// Returns the names of the files that were added.
    std::vector<std::string> const& files() const noexcept { return files_; }

private:
    std::vector<std::string> files_;
    std::shared_ptr<core::rule_book const> own_;  ///< null: those that come with Vouch
};

}  // namespace callout
