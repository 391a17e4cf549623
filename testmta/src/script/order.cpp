#include "script/order.hpp"

#include <algorithm>

#include "text/mistakes.hpp"

namespace testmta::run {

namespace {

using core::command;

/// Returns whether the script expects one of these answers here.
bool expects(step const& what, std::initializer_list<core::answer> any_of) {
    return std::ranges::any_of(what.expectations, [&](expectation const& one) {
        auto const* is = std::get_if<answer_is>(&one);
        auto const answer = is != nullptr ? is->what : core::answer::reply_code;
        auto const is_answer = is != nullptr || std::holds_alternative<reply_is>(one);
        return is_answer && std::ranges::find(any_of, answer) != any_of.end();
    });
}

bool expects_refusal(step const& what) {
    return expects(what, {core::answer::reject, core::answer::tempfail, core::answer::reply_code});
}
bool expects_end(step const& what) {
    return expects(what, {core::answer::accept, core::answer::discard});
}

}  // namespace

/// A command may be sent in the phases from `first` to `last`.
struct order::row {
    command what;
    phase first, last;
    std::string_view missing;
    phase next;
};

order::row const* order::row_of(action const& what) {
    using enum phase;
    // clang-format off
    static constexpr row rows[] = {
        {command::negotiate,      opened,     opened,     "expected it once, after \"open\"", negotiated},
        {command::connect,        negotiated, negotiated, "expected it once, after \"negotiate\"", connected},
        {command::helo,           connected,  connected,  "expected it after \"connect\", with no message under way", connected},
        {command::mail,           connected,  connected,  "expected it after \"connect\", with no message under way", mail},
        {command::rcpt,           mail,       rcpt,       "expected it after \"mail\"", rcpt},
        {command::data,           rcpt,       rcpt,       "expected it after \"rcpt\"", data},
        {command::header,         data,       data,       "expected it after \"data\"", data},
        {command::end_of_headers, data,       data,       "expected it after \"data\"", content},
        {command::body,           content,    content,    "expected it after \"eoh\"", content},
        {command::end_of_message, content,    content,    "expected it after \"eoh\"", connected},
        {command::abort,          negotiated, content,    "expected an open session", connected},
        {command::unknown,        negotiated, content,    "expected an open session", connected},
        {command::quit_nc,        negotiated, refused,    "expected an open session", negotiated},
        {command::quit,           opened,     refused,    "expected an open session", closed},
    };
    // clang-format on
    auto const sent = event_of(what);
    if (!sent) return nullptr;
    auto const* found = std::ranges::find(rows, *sent, &row::what);
    return found != std::end(rows) ? found : nullptr;
}

std::vector<action> order::implied_before(action const& what) const {
    auto const event = event_of(what);
    auto const raw = std::holds_alternative<octets>(what);
    // Macros are kept for the session, which must have begun.
    auto const kept = std::holds_alternative<macros>(what);
    if (!event && !raw && !kept) return {};

    std::vector<action> implied;
    auto const opens = is_only(phase::unopened);
    if (opens) implied.emplace_back(open{});
    // Raw bytes after an explicit "open" are meant to come first.
    auto const negotiates = opens || (is_only(phase::opened) && !raw);
    auto const needs_none = event == command::quit || event == command::negotiate;
    if (negotiates && !needs_none) implied.emplace_back(offer{});
    return implied;
}

std::string order::objection(row const& of) const {
    if (is_only(phase::closed)) return "the session is over; expected it after \"open\"";
    if (is_only(phase::refused)) return "the filter is done with this client; expected \"quit\"";
    return std::string(of.missing);
}

void order::follow(step const& what) {
    if (std::holds_alternative<open>(what.action)) {
        auto const again = !may_be(phase::unopened) && !may_be(phase::closed);
        if (again && !what.forced) throw text::mistake(what.offset, "this session is already open");
        return set(phase::opened);
    }
    // After a half-close the filter may still answer, but nothing can be sent.
    if (std::holds_alternative<end_connection>(what.action)) return set(phase::closed);
    auto const* of = row_of(what.action);
    if (of == nullptr) return;
    std::uint32_t next = 0;
    for (unsigned i = 0; i != phase_count; ++i) {
        auto const before = static_cast<phase>(i);
        auto const in_order = of->first <= before && before <= of->last;
        if (may_be(before) && (in_order || what.forced))
            next |= 1u << static_cast<unsigned>(after(before, *of, what));
    }
    if (next == 0)
        throw text::mistake(what.offset, "this step is out of order", objection(*of) + ", or \"force\"");
    phases_ = next;
}

order::phase order::after(phase before, row const& of, step const& what) {
    switch (of.what) {
        case command::unknown: return before;
        case command::abort: return std::max(std::min(before, phase::connected), phase::negotiated);
        case command::connect:
        case command::helo: return expects_refusal(what) || expects_end(what) ? phase::refused : of.next;
        case command::rcpt:
        case command::data:
            return expects_end(what) ? phase::connected : expects_refusal(what) ? before : of.next;
        case command::mail:
        case command::header:
        case command::end_of_headers:
        case command::body: return expects_refusal(what) || expects_end(what) ? phase::connected : of.next;
        default: return of.next;
    }
}

}  // namespace testmta::run
