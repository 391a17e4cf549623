#include "script/expectation_parser.hpp"

#include <algorithm>

#include "text/values.hpp"

namespace testmta::run {

namespace {

using text::cursor;
using text::mistake;
using text::token_kind;

template <core::answer What>
expectation parse_answer(cursor&) {
    return answer_is{What};
}

/// A here-document gives the lines of a reply, and its last line end is not part of them (TM-058).
std::string parse_reply_text(cursor& line) {
    if (!line.at(token_kind::heredoc)) return line.word("the text of the reply");
    auto text = line.heredoc("the text of the reply").text;
    std::erase(text, '\r');
    if (text.ends_with('\n')) text.pop_back();
    return text;
}

expectation parse_reply(cursor& line) {
    reply_is found;
    found.code = line.reply_code();
    found.enhanced = line.enhanced_code();
    if (line.take("~")) {
        found.pattern = parse_pattern(line);
    } else if (line.at_word()) {
        found.text = parse_reply_text(line);
    }
    return found;
}

std::optional<duration> parse_within(cursor& line) {
    if (!line.take("within")) return std::nullopt;
    return line.duration();
}

expectation parse_any(cursor&) {
    return any_answer{};
}
expectation parse_whatever(cursor&) {
    return whatever{};
}
expectation parse_nothing(cursor& line) {
    return nothing{parse_within(line)};
}
expectation parse_closed(cursor& line) {
    return closed{parse_within(line)};
}

expectation parse_negotiated(cursor& line) {
    auto const options = parse_options(line);
    return negotiated{options.version, options.actions, options.steps};
}

constexpr text::keyword<comparison> comparisons[] = {
    {"==", comparison::equal},   {"!=", comparison::unequal}, {"<", comparison::less},
    {"<=", comparison::at_most}, {">", comparison::greater},  {">=", comparison::at_least},
    {"~", comparison::matches},  {"!~", comparison::differs},
};
/// Those of values that have an order.
constexpr auto ordered = std::span(comparisons).first<6>();

comparison parse_order(cursor& line) {
    static constexpr text::keyword<comparison> signs[] = {ordered[0], ordered[1], ordered[2],
                                                          ordered[3], ordered[4], ordered[5]};
    return line.one_of(signs, "a comparison");
}

bool at_order(cursor const& line) {
    return std::ranges::any_of(ordered, [&](auto const& one) { return one.name == line.peek(); });
}

number_test parse_number_test(cursor& line) {
    auto const how = parse_order(line);
    return {how, line.number("a number")};
}

expectation parse_elapsed(cursor& line) {
    auto const how = parse_order(line);
    return elapsed{how, line.duration()};
}

expectation parse_progress(cursor& line) {
    if (!at_order(line)) return progress_is{{comparison::at_least, 1}};
    return progress_is{parse_number_test(line)};
}

// Edits.

constexpr text::keyword<edit_kind> edit_kinds[] = {
    {"add-header", edit_kind::add_header},       {"insert-header", edit_kind::insert_header},
    {"change-header", edit_kind::change_header}, {"delete-header", edit_kind::delete_header},
    {"replace-body", edit_kind::replace_body},   {"change-from", edit_kind::change_from},
    {"add-rcpt", edit_kind::add_rcpt},           {"delete-rcpt", edit_kind::delete_rcpt},
    {"quarantine", edit_kind::quarantine},
};

/// Parses `VALUE` or `~ REGEX`, if there is one.
std::optional<text_test> parse_optional_test(cursor& line) {
    if (line.peek() == "~" || line.peek() == "!~") return parse_text_test(line);
    if (line.at(token_kind::heredoc)) return text_test{comparison::equal, line.heredoc("a text").text, {}};
    if (!line.at_word()) return std::nullopt;
    return text_test{comparison::equal, line.word("a text"), {}};
}

edit_is parse_edit(cursor& line) {
    edit_is found;
    found.what = line.one_of(edit_kinds, "an edit");
    auto const indexed = found.what == edit_kind::insert_header || found.what == edit_kind::change_header ||
                         found.what == edit_kind::delete_header;
    if (indexed && text::parse_number(line.peek())) found.index = line.number("an index");
    found.subject = parse_optional_test(line);
    if (found.subject) found.value = parse_optional_test(line);
    auto const has_value = found.what != edit_kind::delete_header && found.what != edit_kind::replace_body &&
                           found.what != edit_kind::delete_rcpt && found.what != edit_kind::quarantine;
    if (found.value && !has_value) {
        throw mistake(line.offset(), "\"" + std::string(word_of(found.what)) + "\" has one value",
                      "expected a comma, or the end of the line");
    }
    return found;
}

expectation parse_action(cursor& line) {
    return parse_edit(line);
}
expectation parse_no(cursor& line) {
    line.expect("action");
    auto found = parse_edit(line);
    found.wanted = false;
    return found;
}
expectation parse_actions(cursor& line) {
    line.expect("exactly");
    return edit_count{line.number("a number")};
}

// The message after the edits.

struct subject_word {
    std::string_view name;
    final_subject what;
};
constexpr subject_word subjects[] = {
    {"header", final_subject::header}, {"headers", final_subject::headers},
    {"body", final_subject::body},     {"from", final_subject::from},
    {"rcpts", final_subject::rcpts},   {"outcome", final_subject::outcome},
    {"size", final_subject::size},
};
constexpr std::string_view outcomes[] = {"delivered", "rejected", "deferred", "discarded", "quarantined"};

/// Parses the subject, of which `header[2]` has an index.
final_subject parse_subject(cursor& line, std::optional<std::uint32_t>& index) {
    std::string_view const spelt = line.peek();
    auto const bracket = spelt.find('[');
    auto const* found = std::ranges::find(subjects, spelt.substr(0, bracket), &subject_word::name);
    if (found == std::end(subjects)) {
        std::vector<std::string_view> names;
        for (auto const& one : subjects) names.push_back(one.name);
        if (spelt.empty()) line.fail("what is looked at; " + text::list_possible(names));
        throw mistake(line.offset(), text::explain_unknown(spelt, "a part of a message", names));
    }
    if (bracket != std::string_view::npos) {
        auto const number = spelt.ends_with(']')
                                ? text::parse_number(spelt.substr(bracket + 1, spelt.size() - bracket - 2))
                                : std::nullopt;
        if (found->what != final_subject::header || !number || *number == 0)
            line.fail("\"header[N]\", N being a number from 1");
        index = number;
    }
    line.word("what is looked at");
    return found->what;
}

/// Parses the test of a subject whose value is a text.
void parse_final_text(cursor& line, final_is& into) {
    auto const at = line.offset();
    auto test = parse_text_test(line);
    if (into.of == final_subject::outcome && !test.pattern &&
        std::ranges::find(outcomes, test.value) == std::end(outcomes)) {
        throw mistake(at, text::explain_unknown(test.value, "an outcome", outcomes));
    }
    into.test = std::move(test);
}

void parse_list(cursor& line, final_is& into) {
    lists found;
    while (line.at_word()) found.values.push_back(line.word("a value"));
    into.test = std::move(found);
}

expectation parse_final(cursor& line) {
    final_is found;
    found.of = parse_subject(line, found.index);
    auto const many = found.of == final_subject::headers || found.of == final_subject::rcpts;
    if (found.of == final_subject::header) found.name = line.word("the name of a field");
    if (found.of == final_subject::size) {
        auto const how = parse_order(line);
        found.test = number_test{how, line.size()};
    } else if ((many || found.of == final_subject::header) && line.take("count")) {
        found.test = count_is{parse_number_test(line)};
    } else if (many) {
        line.expect("lists");
        parse_list(line, found);
    } else if (found.of == final_subject::header && line.take("is")) {
        line.expect("absent");
    } else {
        parse_final_text(line, found);
    }
    return found;
}

constexpr text::keyword<expectation (*)(cursor&)> kinds[] = {
    {"continue", parse_answer<core::answer::proceed>},
    {"accept", parse_answer<core::answer::accept>},
    {"reject", parse_answer<core::answer::reject>},
    {"tempfail", parse_answer<core::answer::tempfail>},
    {"discard", parse_answer<core::answer::discard>},
    {"skip", parse_answer<core::answer::skip>},
    {"conn-fail", parse_answer<core::answer::conn_fail>},
    {"shutdown", parse_answer<core::answer::shutdown>},
    {"reply", parse_reply},
    {"any", parse_any},
    {"whatever", parse_whatever},
    {"nothing", parse_nothing},
    {"closed", parse_closed},
    {"negotiated", parse_negotiated},
    {"elapsed", parse_elapsed},
    {"progress", parse_progress},
    {"action", parse_action},
    {"actions", parse_actions},
    {"no", parse_no},
    {"final", parse_final},
};

bool begins_signed(std::string_view word) {
    return word.size() > 1 && (word.front() == '+' || word.front() == '-');
}

option_mask parse_mask(cursor& line, std::uint32_t all, std::span<option_name const> names) {
    option_mask found;
    if (line.take("all")) {
        found.exact = all;
    } else if (line.take("none")) {
        found.exact = 0;
    } else if (!begins_signed(line.peek())) {
        found.exact = line.number("all, none, +NAME, -NAME or a number such as 0x1ff");
    }
    while (begins_signed(line.peek())) {
        auto& bits = line.peek().front() == '+' ? found.with : found.without;
        bits |= parse_option_name(line, names);
    }
    return found;
}

enum class option { version, actions, steps };
constexpr text::keyword<option> options[] = {
    {"version", option::version}, {"actions", option::actions}, {"steps", option::steps}};

}  // namespace

text::expression parse_pattern(cursor& line) {
    auto const at = line.offset();
    auto const pattern = line.pattern("a regular expression");
    try {
        return text::expression(pattern, text::expression::letters::as_written);
    } catch (text::mistake_in_expression const& wrong) {
        throw mistake(at, "\"" + pattern + "\" is not a regular expression: " + wrong.why(),
                      "expected one in RE2's syntax");
    }
}

text_test parse_text_test(cursor& line) {
    text_test found;
    found.how = line.one_of(comparisons, "a comparison");
    if (found.how == comparison::matches || found.how == comparison::differs) {
        found.pattern = parse_pattern(line);
    } else if (line.at(token_kind::heredoc)) {
        found.value = line.heredoc("a value").text;
    } else {
        found.value = line.word("a value");
    }
    return found;
}

std::uint32_t parse_option_name(cursor& line, std::span<option_name const> names) {
    auto const at = line.offset();
    auto spelt = line.word("a name");
    if (begins_signed(spelt)) spelt.erase(0, 1);
    auto const found = std::ranges::find(names, spelt, &option_name::name);
    if (found != names.end()) return found->bits;
    std::vector<std::string_view> possible;
    for (auto const& one : names) possible.push_back(one.name);
    throw mistake(at, text::explain_unknown(spelt, "an option of the negotiation", possible));
}

option_words parse_options(cursor& line) {
    option_words found;
    while (line.at_word()) {
        switch (line.one_of(options, "an option of the negotiation")) {
            case option::version: found.version = line.number("a version"); break;
            case option::actions: found.actions = parse_mask(line, core::action::all, action_names()); break;
            case option::steps: found.steps = parse_mask(line, core::step::all, step_names()); break;
        }
    }
    return found;
}

std::vector<expectation> parse_expectations(cursor& line) {
    std::vector<expectation> found;
    auto answers = 0;
    do {
        auto const at = line.offset();
        auto const parse = line.one_of(kinds, "an expectation");
        found.push_back(parse(line));
        if (awaits(found.back()) && ++answers > 1)
            throw mistake(
                at, "an event has only one answer",
                "expected what is looked at after it, such as \"elapsed\", \"action\" or \"final\"");
    } while (line.take(token_kind::comma));
    return found;
}

}  // namespace testmta::run
