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

void explain_address(subject const& sender, explanation& into) {
    into.input = sender.path;
    if (sender.address) {
        into.address = explained_address{sender.address->address(),
                                         std::string(sender.address->local_part()),
                                         std::string(sender.address->domain()),
                                         {}};
        auto const odd = sender.address->beyond_rfc5321();
        if (!odd.empty()) into.address->beyond_rfc5321 = odd;
    } else {
        into.error = sender.address.error().message();
    }
}

}  // namespace

explanation explain_decision(subject const& sender, decision const& made) {
    explanation all;
    explain_address(sender, all);
    for (auto const& one : made.trace) all.policy.push_back({one.name, one.matched(), one.why.text(sender)});
    if (made.verified) all.verdict = described(*made.verified, sender);
    all.decision = {std::string(made.rule()), std::string(made.action_word()),
                    std::string(to_string(made.in_force)), std::string(to_string(made.effective))};
    if (made.reply) all.reply = made.reply->text();
    all.outcome = outcome_of(made.verified);
    return all;
}

}  // namespace vouchd
