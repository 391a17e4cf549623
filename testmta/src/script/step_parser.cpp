#include "script/step_parser.hpp"

#include <algorithm>
#include <iterator>

#include "script/action_parser.hpp"
#include "script/content.hpp"
#include "script/expectation_parser.hpp"
#include "script/file_content.hpp"
#include "script/filter_part.hpp"

namespace testmta::run {

namespace {

using core::command;
using text::cursor;
using text::mistake;
using text::token_kind;

/// The first words of lines that make several steps, or a step that sends nothing.
constexpr std::string_view other_words[] = {"force", "headers", "message", "expect"};

/// Returns what is expected as the answer to the event if the script does not say.
std::vector<expectation> implied_for(std::optional<command> event, implied wanted) {
    if (!event || *event == command::abort || *event == command::quit_nc) return {};
    if (*event == command::negotiate) return {negotiated{}};
    if (*event == command::quit) return {closed{}};
    switch (wanted) {
        case implied::none: return {};
        case implied::any: return {any_answer{}};
        case implied::proceed: break;
    }
    return {answer_is{core::answer::proceed}};
}

/// Takes the expectations that the script wrote. What is looked at after an answer needs one: it is the
/// implied one if the script names none.
void expect_written(step& of, std::vector<expectation> written) {
    auto const is_answered = std::ranges::any_of(written, awaits);
    auto expectations = is_answered ? std::vector<expectation>() : std::move(of.expectations);
    std::ranges::move(written, std::back_inserter(expectations));
    of.expectations = std::move(expectations);
    of.explicit_expectations = true;
}

text::here_document parse_here_document(cursor& line) {
    auto document = line.heredoc("a here-document, or \"file\"");
    line.expect_end();
    return document;
}

message_content parse_message(cursor& line, settings const& in_force) {
    if (!line.take("file")) return split_content(parse_here_document(line).text);
    auto const content = parse_file(line, in_force.folder);
    line.expect_end();
    return split_content(content);
}

/// Parses fields alone: a line that an MTA would take for the body is a mistake here.
message_content parse_fields(cursor& line) {
    auto const document = parse_here_document(line);
    auto found = split_content(document.text);
    if (found.body.empty()) return found;
    auto const at = document.lines[found.header_lines];
    if (found.header_end == message_content::end::empty_line)
        throw mistake(at, "an empty line would end the header",
                      "expected fields alone, or \"message\" for a body");
    throw mistake(at, "this line is not a field",
                  "expected NAME: VALUE, or after a field a line that begins with a blank");
}

// Several events in one statement. Each has the implied expectation.

std::vector<step> header_steps(message_content const& content, std::size_t at, settings const& in_force) {
    std::vector<step> steps;
    steps.reserve(content.fields.size());
    for (auto const& [name, value] : content.fields) {
        steps.push_back(make_step(words{command::header, {name, value}}, at, in_force));
    }
    return steps;
}

std::vector<step> message_steps(message_content const& content, std::size_t at, settings const& in_force) {
    auto steps = header_steps(content, at, in_force);
    steps.push_back(make_step(plain{command::end_of_headers, {}}, at, in_force));
    if (!content.body.empty()) {
        steps.push_back(make_step(body{content.body, 0}, at, in_force));
    }
    return steps;
}

}  // namespace

step make_step(action what, std::size_t offset, settings const& in_force) {
    step made;
    made.offset = offset;
    auto const event = event_of(what);
    made.limit = event                                ? in_force.limit(*event)
                 : std::holds_alternative<open>(what) ? in_force.connection_limit
                                                      : in_force.default_limit;
    made.expectations = implied_for(event, in_force.expected);
    made.others = in_force.expected;
    made.action = std::move(what);
    return made;
}

std::vector<std::string_view> step_words() {
    auto all = action_words();
    all.insert(all.end(), std::begin(other_words), std::end(other_words));
    return all;
}

bool begins_step(cursor const& line) {
    auto const first = line.peek();
    static auto const known = step_words();
    return std::ranges::find(known, first) != known.end();
}

std::vector<step> parse_step(cursor& line, settings const& in_force) {
    auto const at = line.offset();
    if (line.take("headers")) return header_steps(parse_fields(line), at, in_force);
    if (line.take("message")) return message_steps(parse_message(line, in_force), at, in_force);
    if (line.take("expect")) {
        auto check = make_step(only_expect{}, at, in_force);
        check.expectations = parse_expectations(line);
        check.explicit_expectations = true;
        line.expect_end();
        if (in_force.plays == role::filter) check_part_of_filter(check);
        return {check};
    }
    manner const how{line.take("force"), in_force};
    auto found = make_step(parse_action(line, how), at, in_force);
    found.forced = how.forced;
    if (line.take(token_kind::arrow)) expect_written(found, parse_expectations(line));
    line.expect_end();
    if (in_force.plays == role::filter) check_part_of_filter(found);
    return {std::move(found)};
}

}  // namespace testmta::run
