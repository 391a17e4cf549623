#include "script/filter_part.hpp"

#include <optional>
#include <string>
#include <string_view>

#include "text/mistakes.hpp"
#include "text/overloaded.hpp"

namespace testmta::run {

namespace {

constexpr std::uint64_t most_progress = 1000;

/// What is wrong with a step, and what would be right; empty if it is right.
struct objection {
    std::string_view problem, remedy;
};
constexpr objection none;
constexpr objection no_answer_to_offer{"an offer is not answered like this",
                                       "expected \"negotiated\", \"nothing\" or \"closed\""};
constexpr objection vague{"a filter has to say what it answers", "expected an answer such as \"continue\""};

objection object_to_edit(edit_is const& edit) {
    auto const is_text = [](std::optional<text_test> const& part) { return part && !part->pattern; };
    auto const has_value = edit.what == edit_kind::add_header || edit.what == edit_kind::insert_header ||
                           edit.what == edit_kind::change_header;
    if (!edit.wanted) return {"a filter cannot say that it wants no edit", "leave the line out"};
    if (is_text(edit.subject) && (!has_value || is_text(edit.value))) return none;
    return {"a filter has to say all of this edit",
            has_value ? "expected a name and a value, as texts" : "expected a text"};
}

objection object_to_progress(number_test const& count) {
    auto const is_number = count.how == comparison::equal && count.value <= most_progress;
    auto const is_one = count.how == comparison::at_least && count.value == 1;
    if (is_number || is_one) return none;
    return {"a filter has to say how often", "expected \"progress\", or \"progress == N\" with at most 1000"};
}

/// Says why a filter cannot give this as an answer.
objection object_to_answer(expectation const& one, core::command to) {
    auto const is_offer = to == core::command::negotiate;
    return std::visit(
        overloaded{
            [&](answer_is const&) { return is_offer ? no_answer_to_offer : none; },
            [&](reply_is const& reply) {
                if (is_offer) return no_answer_to_offer;
                return reply.pattern ? objection{"a filter has to say the text of a reply", "expected a text"}
                                     : none;
            },
            [](any_answer const&) { return vague; },
            [](whatever const&) { return vague; },
            [](nothing const& silence) {
                return silence.within ? objection{"a filter cannot be silent for a time in its answer",
                                                  "expected \"nothing\" alone, and \"expect nothing within\" "
                                                  "or \"delay\" after it"}
                                      : none;
            },
            [](closed const& end) {
                return end.within ? objection{"here the filter closes, at once",
                                              "expected \"closed\" alone, or \"expect closed within\" for "
                                              "the MTA's end"}
                                  : none;
            },
            [&](negotiated const&) {
                return is_offer ? none
                                : objection{"only an offer is answered like this",
                                            "expected it after \"negotiate\""};
            },
            [](progress_is const& signs) { return object_to_progress(signs.count); },
            [](edit_is const& edit) { return object_to_edit(edit); },
            [](elapsed const&) {
                return objection{"a filter answers at once",
                                 "expected \"delay\" in a line before the answer"};
            },
            [](auto const&) {
                return objection{"this is about what an MTA makes of answers",
                                 "expected an answer or an edit"};
            },
        },
        one);
}

/// Says why an MTA cannot be expected to do this.
objection object_to_deed(expectation const& one) {
    if (std::holds_alternative<closed>(one)) return none;
    auto const* const silence = std::get_if<nothing>(&one);
    if (silence == nullptr) return {"an MTA cannot do this", "expected \"closed\" or \"nothing\""};
    return silence->within
               ? none
               : objection{"for how long must an MTA be silent?", "expected \"nothing within\" and a time"};
}

objection object_to_action(action const& what) {
    return std::visit(
        overloaded{
            [](capture const& takes) {
                return takes.from == capture::source::reply
                           ? objection{"an MTA does not reply to a filter",
                                       "expected \"header\", \"body\" or \"transcript\""}
                           : none;
            },
            [](body const& piece) {
                return piece.chunk != 0 ? objection{"an MTA cuts a body as it likes", "leave out \"chunk\""}
                                        : none;
            },
            [](meet const&) {
                return objection{"a filter's test is one connection of an MTA", "leave the line out"};
            },
            [](auto const&) { return none; },
        },
        what);
}

objection object_to(step const& what) {
    auto const event = event_of(what.action);
    auto const watches = std::holds_alternative<only_expect>(what.action);
    auto found = object_to_action(what.action);
    for (auto const& one : what.expectations) {
        if (!found.problem.empty()) return found;
        if (watches) {
            found = object_to_deed(one);
        } else if (event) {
            found = object_to_answer(one, *event);
        } else {
            found = {"nothing is answered here", "expected the answer after an event of the MTA"};
        }
    }
    return found;
}

}  // namespace

void check_part_of_filter(step const& what) {
    auto const found = object_to(what);
    if (!found.problem.empty())
        throw text::mistake(what.offset, std::string(found.problem), std::string(found.remedy));
}

}  // namespace testmta::run
