#include "script/filter_part.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "text/mistakes.hpp"
#include "text/overloaded.hpp"

namespace testmta::run {

namespace {

constexpr std::uint64_t most_progress = 1000;

/// What is wrong with an expectation, and what would be right.
struct objection {
    std::string problem;
    std::string remedy;
};

std::optional<objection> object_to_edit(edit_is const& edit) {
    if (!edit.wanted) return objection{"a filter cannot say that it wants no edit", "leave the line out"};
    auto const is_text = [](std::optional<text_test> const& part) { return part && !part->pattern; };
    auto const has_value = edit.what == edit_kind::add_header || edit.what == edit_kind::insert_header ||
                           edit.what == edit_kind::change_header;
    if (is_text(edit.subject) && (!has_value || is_text(edit.value))) return std::nullopt;
    return objection{"a filter has to say all of this edit",
                     has_value ? "expected a name and a value, as texts" : "expected a text"};
}

/// Returns why a filter cannot give this as an answer.
std::optional<objection> object_to_answer(expectation const& one, core::command to) {
    auto const is_offer = to == core::command::negotiate;
    auto const about_message = [](auto const&) -> std::optional<objection> {
        return objection{"this is about what an MTA makes of answers", "expected an answer or an edit"};
    };
    return std::visit(
        overloaded{
            [&](answer_is const&) -> std::optional<objection> {
                if (!is_offer) return std::nullopt;
                return objection{"an offer is not answered like this",
                                 "expected \"negotiated\", \"nothing\" or \"closed\""};
            },
            [&](reply_is const& reply) -> std::optional<objection> {
                if (is_offer)
                    return objection{"an offer is not answered like this",
                                     "expected \"negotiated\", \"nothing\" or \"closed\""};
                if (!reply.pattern) return std::nullopt;
                return objection{"a filter has to say the text of a reply", "expected a text"};
            },
            [](any_answer const&) -> std::optional<objection> {
                return objection{"a filter has to say what it answers",
                                 "expected an answer such as \"continue\""};
            },
            [](whatever const&) -> std::optional<objection> {
                return objection{"a filter has to say what it answers",
                                 "expected an answer such as \"continue\""};
            },
            [](nothing const& silence) -> std::optional<objection> {
                if (!silence.within) return std::nullopt;
                return objection{
                    "a filter cannot be silent for a time in its answer",
                    "expected \"nothing\" alone, and \"expect nothing within\" or \"delay\" after it"};
            },
            [](closed const& end) -> std::optional<objection> {
                if (!end.within) return std::nullopt;
                return objection{"here the filter closes, at once",
                                 "expected \"closed\" alone, or \"expect closed within\" for the MTA's end"};
            },
            [&](negotiated const&) -> std::optional<objection> {
                if (is_offer) return std::nullopt;
                return objection{"only an offer is answered like this", "expected it after \"negotiate\""};
            },
            [](progress_is const& count) -> std::optional<objection> {
                auto const is_number = count.count.how == comparison::equal;
                auto const is_any = count.count.how == comparison::at_least && count.count.value == 1;
                if (is_any || (is_number && count.count.value <= most_progress)) return std::nullopt;
                return objection{"a filter has to say how often",
                                 "expected \"progress\", or \"progress == N\" with at most 1000"};
            },
            [](edit_is const& edit) { return object_to_edit(edit); },
            [](elapsed const&) -> std::optional<objection> {
                return objection{"a filter answers at once",
                                 "expected \"delay\" in a line before the answer"};
            },
            about_message,
        },
        one);
}

std::optional<objection> object_to(step const& what) {
    auto const event = event_of(what.action);
    auto const watches = std::holds_alternative<only_expect>(what.action);
    if (auto const* takes = std::get_if<capture>(&what.action))
        if (takes->from == capture::source::reply)
            return objection{"an MTA does not reply to a filter",
                             "expected \"header\", \"body\" or \"transcript\""};
    if (auto const* piece = std::get_if<body>(&what.action); piece != nullptr && piece->chunk != 0)
        return objection{"an MTA cuts a body as it likes", "leave out \"chunk\""};
    if (std::holds_alternative<meet>(what.action))
        return objection{"a filter's test is one connection of an MTA", "leave the line out"};
    for (auto const& one : what.expectations) {
        if (watches) {
            auto const* const silence = std::get_if<nothing>(&one);
            if (silence != nullptr && !silence->within)
                return objection{"for how long must an MTA be silent?",
                                 "expected \"nothing within\" and a time"};
            if (silence != nullptr || std::holds_alternative<closed>(one)) continue;
            return objection{"an MTA cannot do this", "expected \"closed\" or \"nothing\""};
        }
        if (!event)
            return objection{"nothing is answered here", "expected the answer after an event of the MTA"};
        if (auto found = object_to_answer(one, *event)) return found;
    }
    return std::nullopt;
}

}  // namespace

void check_part_of_filter(step const& what) {
    if (auto const found = object_to(what)) throw text::mistake(what.offset, found->problem, found->remedy);
}

}  // namespace testmta::run
