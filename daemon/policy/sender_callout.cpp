#include "policy/sender_callout.hpp"

#include <algorithm>

#include "policy/provenance.hpp"

namespace vouchd {

namespace {

/// X.1.8 is "bad sender's system address" (RFC 3463 3.2).
struct code_and_status {
    int code;
    std::string_view status;
};
constexpr code_and_status for_good{550, "5.1.8"};
constexpr code_and_status for_now{450, "4.1.8"};
constexpr std::size_t longest_text = 400;

/// Returns one printable line, whatever the peer and the client wrote.
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

/// Returns " (said 12 minutes ago about another address of example.org)" where the sender's side would look
/// for a question about this sender in vain.
std::string note_on_source(subject const& sender, callout::verification const& verified) {
    if (!verified.said_to_another) return {};
    return " (" + source_of(verified, sender) + ')';
}

milterproto::smtp_reply refusal(subject const& sender, callout::verification const& verified) {
    auto const address = sender.address ? '<' + sender.address->address() + '>' : sender.path;
    auto const note = note_on_source(sender, verified);
    auto const now = verified.unconfirmed ? ", by what DNS says now (a later look decides)" : "";
    auto text = one_line(verified.host.empty() ? "Sender " + address + " cannot receive mail" + now + note +
                                                     ": " + verified.message
                                               : "Sender " + address + " refused by its own mail server " +
                                                     verified.host + note + ": " + verified.message);
    text.resize(std::min(text.size(), longest_text));
    auto const& [code, status] = verified.unconfirmed ? for_now : for_good;
    return milterproto::smtp_reply::make(code, status, text).value();
}

/// A report about what is known asks for no more than mail does: else it would say "nothing is known" of an
/// address that the next message is answered about.
bool asks_random_recipient(catch_all_probe probe, wish const& wanted) {
    bool const is_report = wanted.occasion == occasion::report && wanted.cache != callout::cache_use::only;
    return probe == catch_all_probe::always || (probe == catch_all_probe::reports && is_report);
}

}  // namespace

action action_for(callout::verdict_word verdict) noexcept {
    switch (verdict) {
        case callout::verdict_word::not_found:
        case callout::verdict_word::no_mx: return action::reject;
        default: return action::proceed;
    }
}

callout::request sender_callout::question_about(subject const& sender, wish const& wanted) const {
    callout::request question(*sender.address);
    question.who = sender.who;
    question.tests.random = asks_random_recipient(probe_, wanted);
    question.cache = wanted.cache;
    question.watcher = wanted.watcher;
    return question;
}

ruling sender_callout::ruling_on(subject const& sender, callout::verification found) {
    remark why("no rule before it holds");
    bool const is_refused = action_for(callout::word_of(found)) == action::reject;
    auto made = !is_refused         ? ruling::let_pass(std::move(why))
                : found.unconfirmed ? ruling::put_off(std::move(why), refusal(sender, found))
                                    : ruling::refuse(std::move(why), refusal(sender, found));
    made.verified = std::move(found);
    return made;
}

std::optional<ruling> sender_callout::at_once(subject const& sender) const {
    if (sender.address) return std::nullopt;
    return ruling_on(sender, callout::verification_of(sender.address.error()));
}

boost::asio::awaitable<ruling> sender_callout::in_time(subject const& sender, wish const& wanted,
                                                       callout::steady_time until) const {
    auto found = co_await engine_.verify(question_about(sender, wanted), until);
    co_return ruling_on(sender, std::move(found));
}

}  // namespace vouchd
