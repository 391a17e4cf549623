#include "policy/decision.hpp"

#include <algorithm>

#include "callout/verdict_word.hpp"

namespace vouchd {

namespace {

constexpr int refusal_code = 550;
constexpr std::string_view refusal_status = "5.1.8";  // bad sender's system address, RFC 3463 3.2
constexpr std::size_t longest_text = 400;

/// One printable line, whatever the peer and the client wrote.
std::string one_line(std::string_view text) {
    std::string line;
    for (char const c : text) {
        if (c == '\n')
            line += " | ";
        else if (c != '\r')
            line += c >= 0x20 && c <= 0x7e ? c : '?';
    }
    return line;
}

milterproto::smtp_reply refusal(sender_facts const& facts, callout::verification const& verified) {
    auto const address = facts.address.has_value() ? '<' + facts.address->address() + '>' : facts.path;
    auto text =
        one_line(verified.host.empty() ? "Sender " + address + " cannot receive mail: " + verified.message
                                       : "Sender " + address + " refused by its own mail server " +
                                             verified.host + ": " + verified.message);
    text.resize(std::min(text.size(), longest_text));
    return milterproto::smtp_reply::make(refusal_code, refusal_status, text).value();
}

bool asks_random_recipient(catch_all_probe probe, asked_for use) {
    return probe == catch_all_probe::always ||
           (probe == catch_all_probe::reports && use == asked_for::report);
}

}  // namespace

callout::request question_about(sender_facts const& facts, config const& values, asked_for use) {
    callout::request question(*facts.address);
    question.who = facts.who;
    question.tests.random = asks_random_recipient(values.callout.probe, use);
    return question;
}

boost::asio::awaitable<decision> decide(sender_facts const& facts, config const& values,
                                        callout::engine& engine, callout::cache_use cache, asked_for use,
                                        callout::observer* watcher, callout::steady_time until) {
    auto policy = evaluate(facts, values);
    std::optional<callout::verification> verified;
    if (policy.action == rule_action::verify) {
        if (facts.address.has_error()) {
            verified = callout::verification_of(facts.address.error());
        } else {
            auto question = question_about(facts, values, use);
            question.cache = cache;
            question.watcher = watcher;
            verified = co_await engine.verify(question, until);
        }
    }
    co_return conclude(facts, values, std::move(policy), std::move(verified));
}

decision conclude(sender_facts const& facts, config const& values, policy_result policy,
                  std::optional<callout::verification> verified) {
    decision made;
    made.policy = std::move(policy);
    made.verified = std::move(verified);
    if (made.verified) made.wanted = action_for(callout::word_of(*made.verified));
    if (made.wanted == action::reject) made.reply = refusal(facts, *made.verified);
    made.effective = values.server.mode == mode::enforce ? made.wanted : action::proceed;
    return made;
}

}  // namespace vouchd
