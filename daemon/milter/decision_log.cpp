#include "milter/decision_log.hpp"

#include "policy/described.hpp"

namespace vouchd {

namespace {

std::string_view cached_word(bool cached) {
    return cached ? "yes" : "no";
}

std::uint64_t count(auto duration) {
    return static_cast<std::uint64_t>(duration.count());
}

std::string number(std::optional<int> code) {
    return code ? std::to_string(*code) : std::string();
}

std::string client_of(subject const& sender) {
    return sender.who.client ? sender.who.client->to_string() : std::string();
}

}  // namespace

fields decision_fields(std::string_view id, subject const& sender, decision const& made,
                       std::chrono::milliseconds budget, std::chrono::milliseconds elapsed) {
    constexpr std::uint64_t milliseconds_in_a_second = 1000;
    auto const& who = sender.who;
    auto const verdict = made.verified ? std::optional(described(*made.verified)) : std::nullopt;
    fields what;
    what.add("id", id)
        .add("qid", who.queue_id)
        .add("client", client_of(sender))
        .add("helo", who.helo)
        .add("subject", "sender")
        .add("address", sender.path)
        .add("rcpt", sender.recipient)
        .add("rule", made.rule());
    if (verdict) what.add("verdict", verdict->result).add("reason", verdict->reason);
    what.add("action", made.action_word())
        .add("effective", to_string(made.effective))
        .add("mode", to_string(made.in_force));
    if (verdict) what.add("code", number(verdict->code)).add("cached", cached_word(verdict->cached));
    if (verdict && verdict->cached)
        what.add("age_ms", static_cast<std::uint64_t>(verdict->age_s) * milliseconds_in_a_second);
    what.add("budget_ms", count(budget)).add("elapsed_ms", count(elapsed));
    if (verdict) what.add("mx", verdict->mx).add("ip", verdict->ip).add("reply", verdict->message);
    return what;
}

fields callout_fields(std::string_view id, subject const& sender, callout::verification const& verified) {
    auto const verdict = described(verified);
    fields what;
    what.add("id", id)
        .add("subject", "sender")
        .add("address", sender.path)
        .add("phase", "soft")
        .add("verdict", verdict.result)
        .add("reason", verdict.reason)
        .add("mx", verdict.mx)
        .add("ip", verdict.ip)
        .add("code", number(verdict.code))
        .add("enhanced", verdict.enhanced.value_or(""))
        .add("reply", verdict.message)
        .add("elapsed_ms", count(verified.elapsed))
        .add("tries", verified.connections);
    return what;
}

}  // namespace vouchd
