#pragma once

#include <optional>
#include <vector>

#include "callout/stage.hpp"
#include "core/rule_book.hpp"

namespace callout::core {

/// What one refusal says, before the decision table says what it means.
class reading {
public:
    reading() {}
    reading(stage where, reply const& r, names_in_reply const& names, rule_book const& rules);

    std::optional<enhanced_code> enhanced;
    topic words = topic::none;            ///< what they are about, with contradictions settled
    std::vector<said_phrase> said;        ///< all of them, also those that do not count
    provider_rule const* rule = nullptr;  ///< decides before the words do

private:
    void weigh(std::vector<said_phrase> phrases);
};

/// Returns the topics that count. Relaying is never a complaint about us. What is said about our sender says
/// nothing about a mailbox, and neither does a server in trouble, or one that asks us to come back, unless
/// its enhanced code X.1.x agrees. Words about us beside words about the mailbox make neither count, but say
/// that the reply is about more. What may be a word about us, and why mail is not wanted, count only where
/// nothing is said about the mailbox. With X.7.x, words about us say that it is our quota that is full.
topic settled(topic all, std::optional<enhanced_code> const& enhanced) noexcept;

}  // namespace callout::core
