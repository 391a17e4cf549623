#include "milter/decision_log.hpp"

#include <utility>

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

decision_lines::decision_lines(std::string id, subject const& sender, decision const& made)
    : id_(std::move(id)), sender_(sender), made_(made) {
    if (made.verified) verdict_ = described(*made.verified);
}

fields decision_lines::decided(std::chrono::milliseconds budget, std::chrono::milliseconds elapsed) const {
    constexpr std::uint64_t milliseconds_in_a_second = 1000;
    auto const& who = sender_.who;
    auto const& verdict = verdict_;
    fields what;
    what.add("id", id_)
        .add("qid", who.queue_id)
        .add("client", client_of(sender_))
        .add("helo", who.helo)
        .add("subject", "sender")
        .add("address", sender_.path)
        .add("rcpt", sender_.recipient)
        .add("rule", made_.rule());
    if (verdict) what.add("verdict", verdict->result).add("reason", verdict->reason);
    what.add("action", made_.action_word())
        .add("effective", to_string(made_.effective))
        .add("mode", to_string(made_.in_force));
    if (verdict) what.add("code", number(verdict->code)).add("cached", cached_word(verdict->cached));
    if (verdict && verdict->cached)
        what.add("age_ms", static_cast<std::uint64_t>(verdict->age_s) * milliseconds_in_a_second)
            .add("said_about", verdict->said_to_another ? "another" : "address")
            .add("kept_for", verdict->kept_for.value_or(""))
            .add("kept_until", verdict->kept_until.value_or(""));
    what.add("budget_ms", count(budget)).add("elapsed_ms", count(elapsed));
    if (verdict) what.add("mx", verdict->mx).add("ip", verdict->ip).add("reply", verdict->message);
    return what;
}

std::optional<fields> decision_lines::called_out() const {
    if (!verdict_) return std::nullopt;
    auto const& verdict = *verdict_;
    fields what;
    what.add("id", id_)
        .add("subject", "sender")
        .add("address", sender_.path)
        .add("phase", "soft")
        .add("verdict", verdict.result)
        .add("reason", verdict.reason)
        .add("mx", verdict.mx)
        .add("ip", verdict.ip)
        .add("code", number(verdict.code))
        .add("enhanced", verdict.enhanced.value_or(""))
        .add("reply", verdict.message)
        .add("elapsed_ms", count(made_.verified->elapsed))
        .add("tries", made_.verified->connections);
    return what;
}

}  // namespace vouchd
