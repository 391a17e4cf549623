#include "milter/decision_log.hpp"

#include "callout/verdict_word.hpp"

namespace vouchd {

namespace {

std::string code_of(callout::verification const& verified) {
    return verified.reply ? std::to_string(verified.reply->code) : std::string();
}

std::string enhanced_of(callout::verification const& verified) {
    return verified.reply && verified.reply->enhanced ? verified.reply->enhanced->to_string() : std::string();
}

std::string_view cached_word(callout::freshness cached) {
    return cached == callout::freshness::live ? "no" : "yes";
}

std::uint64_t count(auto duration) {
    return static_cast<std::uint64_t>(duration.count());
}

}  // namespace

fields decision_fields(std::string_view id, sender_facts const& facts, decision const& made,
                       config const& values, std::chrono::milliseconds elapsed) {
    auto const& who = facts.who;
    fields what;
    what.add("id", id)
        .add("qid", who.queue_id)
        .add("client", who.client ? who.client->to_string() : std::string())
        .add("helo", who.helo)
        .add("subject", "sender")
        .add("address", facts.path)
        .add("rcpt", facts.recipient)
        .add("rule", made.policy.rule());
    if (made.verified) {
        what.add("verdict", to_string(callout::word_of(*made.verified)))
            .add("reason", to_string(made.verified->reason));
    }
    what.add("action", made.action_word())
        .add("effective", to_string(made.effective))
        .add("mode", to_string(values.server.mode));
    if (made.verified) {
        auto const& verified = *made.verified;
        what.add("code", code_of(verified)).add("cached", cached_word(verified.cached));
        if (verified.cached != callout::freshness::live) what.add("age_ms", count(verified.age) * 1000);
    }
    what.add("budget_ms", count(values.milter.reply_budget)).add("elapsed_ms", count(elapsed));
    if (made.verified) {
        what.add("mx", made.verified->host).add("ip", made.verified->ip).add("reply", made.verified->message);
    }
    return what;
}

fields callout_fields(std::string_view id, sender_facts const& facts, callout::verification const& verified) {
    fields what;
    what.add("id", id)
        .add("subject", "sender")
        .add("address", facts.path)
        .add("phase", "soft")
        .add("verdict", to_string(callout::word_of(verified)))
        .add("reason", to_string(verified.reason))
        .add("mx", verified.host)
        .add("ip", verified.ip)
        .add("code", code_of(verified))
        .add("enhanced", enhanced_of(verified))
        .add("reply", verified.message)
        .add("elapsed_ms", count(verified.elapsed))
        .add("tries", verified.connections);
    return what;
}

}  // namespace vouchd
