#include "run/coverage.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <sstream>

#include "script/option_mask.hpp"

namespace testmta::run {

namespace {

using core::answer;
using core::command;

/// An event, the states in which an MTA sends it, and where it leads if the filter lets it pass.
struct event_row {
    command what;
    std::string_view name;
    std::string_view states;  ///< separated by blanks
    std::string_view next;    ///< empty: the state stays
};

constexpr event_row events[] = {
    {command::connect, "connect", "negotiated", "connected"},
    {command::helo, "helo", "connected", "connected"},
    {command::mail, "mail", "connected", "mail"},
    {command::rcpt, "rcpt", "mail rcpt", "rcpt"},
    {command::data, "data", "rcpt", "data"},
    {command::header, "header", "data", "data"},
    {command::end_of_headers, "eoh", "data", "content"},
    {command::body, "body", "content", "content"},
    {command::end_of_message, "eom", "content", "connected"},
    {command::unknown, "unknown", "connected mail rcpt", ""},
    {command::abort, "abort", "connected mail rcpt data content", "connected"},
    {command::quit_nc, "quit-nc", "connected", "negotiated"},
    {command::quit, "quit", "negotiated connected mail rcpt refused", "closed"},
};

struct answer_row {
    answer what;
    std::string_view name;
};
constexpr answer_row answers[] = {
    {answer::proceed, "continue"},  {answer::accept, "accept"},    {answer::reject, "reject"},
    {answer::tempfail, "tempfail"}, {answer::reply_code, "reply"}, {answer::discard, "discard"},
    {answer::skip, "skip"},
};

event_row const* row_of(command what) {
    auto const* found = std::ranges::find(events, what, &event_row::what);
    return found != std::end(events) ? found : nullptr;
}

bool is_of_client(command what) {
    return what == command::connect || what == command::helo;
}

bool is_answered(command what) {
    return what != command::abort && what != command::quit && what != command::quit_nc;
}

/// Returns whether the protocol allows the answer to the event.
bool is_allowed(command to, answer what) {
    if (what == answer::skip) return to == command::body;
    if (what == answer::discard) return !is_of_client(to) && to != command::unknown;
    return what != answer::accept || to != command::unknown;
}

/// Returns the state after the answer.
std::string_view next_state(std::string_view state, event_row const& event, answer verdict) {
    auto const passes = verdict == answer::proceed || verdict == answer::skip;
    if (event.what == command::unknown) return state;
    if (passes || event.what == command::end_of_message) return event.next;
    if (is_of_client(event.what)) return "refused";
    auto const is_alone = event.what == command::rcpt || event.what == command::data;
    auto const ends_message = verdict == answer::accept || verdict == answer::discard;
    return is_alone && !ends_message ? state : "connected";
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        auto const word = text.substr(0, text.find(' '));
        words.push_back(word);
        text.remove_prefix(std::min(word.size() + 1, text.size()));
    }
    return words;
}

std::string joined(std::string_view state, std::string_view event, std::string_view answer,
                   std::string_view next) {
    std::string text(state);
    return text.append(" ").append(event).append(" ").append(answer).append(" ").append(next);
}

void add(coverage::counts& to, coverage::counts const& other) {
    for (auto const& [name, count] : other) to[name] += count;
}

void count_bits(coverage::counts& into, std::uint32_t bits, std::span<option_name const> names) {
    for (auto const& one : names) {
        if ((bits & one.bits) != 0) ++into[std::string(one.name)];
    }
}

void write(std::ostream& out, std::string_view title, coverage::counts const& all) {
    if (all.empty()) return;
    out << title << '\n';
    for (auto const& [name, count] : all) out << "  " << count << "  " << name << '\n';
}

}  // namespace

void coverage::merge(coverage const& other) {
    add(transitions, other.transitions);
    add(edits, other.edits);
    add(declined, other.declined);
    add(offered, other.offered);
    add(asked, other.asked);
}

std::vector<std::string> coverage::never_tried() const {
    std::vector<std::string> missing;
    auto const look_for = [&](std::string const& one) {
        if (!transitions.contains(one)) missing.push_back(one);
    };
    for (auto const& event : events) {
        for (auto const state : words_of(event.states)) {
            if (!is_answered(event.what)) {
                look_for(joined(state, event.name, "none", event.next));
                continue;
            }
            for (auto const& one : answers) {
                if (is_allowed(event.what, one.what))
                    look_for(joined(state, event.name, one.name, next_state(state, event, one.what)));
            }
        }
    }
    return missing;
}

std::string coverage::to_text() const {
    std::ostringstream out;
    auto const missing = never_tried();
    write(out, "tried (state, event, answer, next state):", transitions);
    if (!missing.empty()) out << "never tried:\n";
    for (auto const& one : missing) out << "  " << one << '\n';
    write(out, "edits:", edits);
    write(out, "events that the filter declined:", declined);
    write(out, "options that were offered:", offered);
    write(out, "options that the filter took:", asked);
    return out.str();
}

void covered_session::negotiated(core::option_set const& offered, core::option_set const& agreed) {
    state_ = "negotiated";
    count_bits(noted_.offered, offered.actions, action_names());
    count_bits(noted_.offered, offered.steps, step_names());
    count_bits(noted_.asked, agreed.actions, action_names());
    count_bits(noted_.asked, agreed.steps, step_names());
}

void covered_session::answered(core::command event, core::answer verdict) {
    auto const* row = row_of(event);
    auto const* one = std::ranges::find(answers, verdict, &answer_row::what);
    if (row == nullptr || one == std::end(answers)) return;
    note(event, one->name, next_state(state_, *row, verdict));
}

void covered_session::unanswered(core::command event) {
    auto const* row = row_of(event);
    if (row != nullptr) note(event, "none", row->next.empty() ? state_ : row->next);
}

void covered_session::declined(core::command event) {
    auto const* row = row_of(event);
    if (row == nullptr) return;
    ++noted_.declined[std::string(row->name)];
    state_ = row->next.empty() ? state_ : row->next;
}

void covered_session::note(core::command event, std::string_view answer, std::string_view next) {
    ++noted_.transitions[joined(state_, row_of(event)->name, answer, next)];
    state_ = next;
}

}  // namespace testmta::run
