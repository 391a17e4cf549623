#include "script/step_parser.hpp"

namespace testmta::run {

namespace {

using text::cursor;
using text::mistake;
using text::not_yet;
using text::token_kind;

template <core::answer What>
expectation parse_answer(cursor&) {
    return answer_is{What};
}

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

expectation parse_reply(cursor& line) {
    reply_is found;
    found.code = line.reply_code();
    found.enhanced = line.enhanced_code();
    if (line.take("~")) {
        found.pattern = parse_pattern(line);
    } else if (line.at_word()) {
        found.text = line.word("the text of the reply");
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
};

expectation parse_elapsed(cursor& line) {
    auto const how = line.one_of(comparisons, "a comparison");
    return elapsed{how, line.duration()};
}

constexpr text::keyword<expectation (*)(cursor&)> kinds[] = {
    {"continue", parse_answer<core::answer::proceed>},
    {"accept", parse_answer<core::answer::accept>},
    {"reject", parse_answer<core::answer::reject>},
    {"tempfail", parse_answer<core::answer::tempfail>},
    {"discard", parse_answer<core::answer::discard>},
    {"skip", parse_answer<core::answer::skip>},
    {"reply", parse_reply},
    {"any", parse_any},
    {"nothing", parse_nothing},
    {"closed", parse_closed},
    {"negotiated", parse_negotiated},
    {"elapsed", parse_elapsed},
    {"progress", not_yet},
    {"action", not_yet},
    {"actions", not_yet},
    {"no", not_yet},
    {"final", not_yet},
};

std::uint32_t parse_mask(cursor& line, std::uint32_t all) {
    if (line.take("all")) return all;
    if (line.take("none")) return 0;
    auto const spelt = line.peek();
    if (spelt.starts_with('+') || spelt.starts_with('-')) {
        throw mistake(line.offset(), "masks by name are not supported yet", "possible: all, none, 0x...");
    }
    return line.number("all, none or a number such as 0x1ff");
}

enum class option { version, actions, steps };
constexpr text::keyword<option> options[] = {
    {"version", option::version}, {"actions", option::actions}, {"steps", option::steps}};

}  // namespace

option_words parse_options(cursor& line) {
    option_words found;
    while (line.at_word()) {
        switch (line.one_of(options, "an option of the negotiation")) {
            case option::version: found.version = line.number("a version"); break;
            case option::actions: found.actions = parse_mask(line, core::action::all); break;
            case option::steps: found.steps = parse_mask(line, core::step::all); break;
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
        auto const is_answer = !std::holds_alternative<elapsed>(found.back());
        if (is_answer && ++answers > 1)
            throw mistake(at, "an event has only one answer", "expected nothing more, or \"elapsed\"");
    } while (line.take(token_kind::comma));
    return found;
}

}  // namespace testmta::run
