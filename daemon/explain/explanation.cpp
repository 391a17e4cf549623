#include "explain/explanation.hpp"

#include "callout/verdict_word.hpp"

namespace vouchd {

namespace {

/// A rule that spares the callout knows no harm of the address.
deliverable outcome_of(std::optional<callout::verification> const& verified) {
    if (!verified || verified->status == callout::status::pass) return deliverable::yes;
    auto const word = callout::word_of(*verified);
    bool const is_refused = word == callout::verdict_word::not_found || word == callout::verdict_word::no_mx;
    return is_refused ? deliverable::no : deliverable::unknown;
}

void explain_address(sender_facts const& facts, explanation& into) {
    into.input = facts.path;
    if (facts.address.has_value()) {
        into.address = explained_address{facts.address->address(), std::string(facts.address->local_part()),
                                         std::string(facts.address->domain())};
    } else {
        into.error = facts.address.error().message();
    }
}

}  // namespace

explanation explain_decision(sender_facts const& facts, decision const& made, mode in_force) {
    explanation all;
    explain_address(facts, all);
    for (auto const& rule : made.policy.trace)
        all.policy.push_back({std::string(rule.name), rule.matched, rule.why});
    if (made.verified) all.verdict = described(*made.verified);
    all.decision = {std::string(made.policy.rule()), std::string(made.action_word()),
                    std::string(to_string(in_force)), std::string(to_string(made.effective))};
    if (made.reply) all.reply = made.reply->text();
    all.outcome = outcome_of(made.verified);
    return all;
}

}  // namespace vouchd
