#include <algorithm>
#include <charconv>

#include "script/built_in.hpp"
#include "script/expectation_parser.hpp"
#include "script/script_reader.hpp"
#include "text/values.hpp"

namespace testmta::run {

namespace {

using text::cursor;
using text::mistake;

constexpr int deepest_blocks = 16;  // TM-019
constexpr std::uint32_t most_rounds = 20'000;
constexpr std::uint32_t most_sessions = 10'000;  // of one parallel block

/// Parses `x40`, or `x 40`, after the name of a session.
std::optional<std::uint32_t> parse_copies(cursor& line) {
    if (!line.at_word()) return std::nullopt;
    if (line.take("x")) return line.number("a number of sessions from 1 to 10000", 1, most_sessions);
    auto const spelt = line.peek();
    auto const count = spelt.starts_with('x') ? text::parse_number(spelt.substr(1)) : std::nullopt;
    if (!count || *count == 0 || *count > most_sessions) line.fail("xN, N being from 1 to 10000");
    line.word("xN");
    return count;
}

/// Looks the name up among the bits of both words of the negotiation.
negotiated parse_bit(cursor& line) {
    auto const spelt = line.peek();
    auto const named = [&](option_name const& one) { return one.name == spelt; };
    negotiated found;
    if (std::ranges::any_of(action_names(), named)) {
        found.actions.with = parse_option_name(line, action_names());
    } else {
        found.steps.with = parse_option_name(line, step_names());
    }
    line.expect_end();
    return found;
}

void refuse_for_filter(std::size_t at, scope const& around) {
    if (around.in_force.plays == role::filter)
        throw mistake(at, "a filter's test is one connection of an MTA", "expected a test for each of them");
}

}  // namespace

void script_reader::enter(scope& block, std::size_t at) const {
    if (++block.depth > deepest_blocks) throw mistake(at, "blocks are nested more than 16 deep");
}

statement_range script_reader::body_of(here const& head) {
    auto const end = head.file->end_of(head.at);
    if (end == head.file->size()) {
        wrong_.add(mistake(head.statement().tokens.front().offset, "this block does not end",
                           "expected \"end\" on a line of its own"));
    }
    return {head.file, head.at + 1, end};
}

std::size_t script_reader::parse_test(cursor& line, scope& around, here const& where) {
    if (around.inside != nullptr) throw mistake(line.offset(), "a test cannot contain another test");
    test found;
    session_orders sessions;
    found.offset = where.statement().tokens.front().offset;
    found.name = line.word("the test's name");
    line.expect_end();
    found.as = around.in_force.as;
    found.milter = around.in_force.milter;
    found.closing_limit = around.in_force.limit(core::command::quit);
    found.needs = around.needs;
    found.tags = around.tags;

    auto within = around;
    within.inside = &found;
    within.body = &found.body;
    within.sessions = &sessions;
    enter(within, found.offset);
    steps_ = 0;
    read_lines(body_of(where), within);
    found.others = within.in_force.expected;
    found.limit = within.in_force.default_limit;
    tests.push_back(std::move(found));
    return where.file->after(where.at);
}

std::size_t script_reader::parse_repeat(cursor& line, scope& around, here const& where) {
    auto const rounds = line.number("a number of rounds from 0 to 20000", 0, most_rounds);
    auto const counter = line.take("as") ? line.word("the counter's name") : std::string();
    line.expect_end();
    auto const lines = body_of(where);
    enter(around, where.statement().tokens.front().offset);
    for (std::uint32_t round = 1; round <= rounds && wrong_.none(); ++round) {
        if (!counter.empty()) around.values[counter] = std::to_string(round);
        read_lines(lines, around);
    }
    --around.depth;
    return where.file->after(where.at);
}

std::size_t script_reader::parse_for(cursor& line, scope& around, here const& where) {
    auto const name = line.word("the name of a variable");
    line.expect("in");
    std::vector<std::string> values;
    do {
        values.push_back(line.word("a value"));
    } while (line.at_word());
    line.expect_end();
    auto const lines = body_of(where);
    enter(around, where.statement().tokens.front().offset);
    for (auto const& value : values) {
        if (!wrong_.none()) break;
        around.values[name] = value;
        read_lines(lines, around);
    }
    --around.depth;
    return where.file->after(where.at);
}

std::size_t script_reader::parse_if(cursor& line, scope& around, here const& where) {
    auto const at = where.statement().tokens.front().offset;
    auto const lines = body_of(where);
    auto const middle = std::min(where.file->else_of(where.at), lines.to);
    statement_range const then{lines.file, lines.from, middle};
    statement_range const otherwise{lines.file, std::min(middle + 1, lines.to), lines.to};

    auto inner = around;
    enter(inner, at);
    auto const wants = line.take("negotiated");
    if (wants || line.take("not-negotiated")) {
        if (around.inside == nullptr)
            throw mistake(at, "nothing is negotiated outside of a test", "expected a comparison of values");
        choose_later({parse_bit(line), !wants, {}, {}}, then, otherwise, inner);
    } else if (line.has_sample() && around.inside != nullptr) {
        late_values values(around.values, around.captured);
        if (around.is_played()) parse_comparison(line);
        choose_later({late_condition(where.statement(), std::move(values)), false, {}, {}}, then, otherwise,
                     inner);
    } else {
        choose_now(parse_comparison(line), then, otherwise, inner);
    }
    around.captured.merge(inner.captured);
    return where.file->after(where.at);
}

/// Both bodies are checked; only one of them is played.
void script_reader::choose_now(bool is_true, statement_range const& then, statement_range const& otherwise,
                               scope& around) {
    if (around.inside != nullptr) check_only(is_true ? otherwise : then, around);
    read_lines(is_true ? then : otherwise, around);
}

void script_reader::choose_later(choice what, statement_range const& then, statement_range const& otherwise,
                                 scope& around) {
    auto if_not = *around.sessions;
    auto const read = [&](statement_range const& lines, std::vector<node>& body, session_orders& sessions) {
        auto branch = around;
        branch.body = &body;
        branch.sessions = &sessions;
        read_lines(lines, branch);
        return branch.captured;
    };
    auto captured = read(then, what.then, *around.sessions);
    captured.merge(read(otherwise, what.otherwise, if_not));
    for (auto const& [name, other] : if_not) (*around.sessions)[name].or_else(other);
    around.captured = std::move(captured);
    node made;
    made.offset = then.file->size() == 0 ? 0 : (*then.file)[then.from - 1].tokens.front().offset;
    made.what = std::move(what);
    push(std::move(made), around);
}

/// Reads lines for their mistakes alone. Their steps may be out of order, because they are not played here.
void script_reader::check_only(statement_range const& lines, scope const& around) {
    auto unplayed = around;
    test scratch;
    session_orders sessions;
    std::vector<on_session> side_by_side;
    for (auto const& [name, order] : *around.sessions) sessions[name] = order;
    sessions[around.session].may_be_anywhere();
    unplayed.inside = &scratch;
    unplayed.body = &scratch.body;
    unplayed.sessions = &sessions;
    unplayed.side_by_side = around.side_by_side == nullptr ? nullptr : &side_by_side;
    auto const steps = steps_;
    auto const octets = octets_;
    read_lines(lines, unplayed);
    steps_ = steps;
    octets_ = octets;
}

std::size_t script_reader::parse_session(cursor& line, scope& around, here const& where) {
    auto const at = where.statement().tokens.front().offset;
    if (around.inside == nullptr)
        throw mistake(at, "a session must be inside a test", "expected \"test\" before it");
    refuse_for_filter(at, around);
    if (around.session != "main" || around.block == scope::block_kind::together)
        throw mistake(at, "a session cannot begin here", "expected it in a test, or in \"parallel\"");
    auto const name = line.word("the session's name");
    auto const copies = parse_copies(line);
    line.expect_end();
    auto const beside = around.block == scope::block_kind::parallel;
    if (copies && !beside)
        throw mistake(at, "only sessions in parallel have copies", "expected \"parallel\" around it");
    auto const lines = body_of(where);
    for (std::uint32_t i = 1; i <= copies.value_or(1) && wrong_.none(); ++i) {
        auto inner = around;
        enter(inner, at);
        on_session found;
        found.name = copies ? name + '[' + std::to_string(i) + ']' : name;
        found.ends_with_block = copies.has_value();
        inner.session = found.name;
        inner.values["session"] = name;
        inner.values["index"] = std::to_string(i);
        inner.body = &found.body;
        if (beside) inner.block = scope::block_kind::test;
        inner.has_company = beside;
        read_lines(lines, inner);
        if (beside) {
            around.side_by_side->push_back(std::move(found));
        } else {
            around.captured.merge(inner.captured);
            push({at, {}, std::move(found)}, around);
        }
    }
    return where.file->after(where.at);
}

std::size_t script_reader::parse_parallel(cursor& line, scope& around, here const& where) {
    auto const at = where.statement().tokens.front().offset;
    if (around.inside == nullptr || around.session != "main")
        throw mistake(at, "sessions cannot run in parallel here", "expected \"parallel\" in a test");
    refuse_for_filter(at, around);
    line.expect_end();
    auto inner = around;
    enter(inner, at);
    parallel found;
    inner.block = scope::block_kind::parallel;
    inner.side_by_side = &found.sessions;
    read_lines(body_of(where), inner);
    push({at, {}, std::move(found)}, around);
    return where.file->after(where.at);
}

std::size_t script_reader::parse_together(cursor& line, scope& around, here const& where) {
    auto const at = where.statement().tokens.front().offset;
    if (around.inside == nullptr || around.block == scope::block_kind::parallel ||
        around.block == scope::block_kind::together)
        throw mistake(at, "\"together\" cannot stand here", "expected steps of one session");
    line.expect_end();
    auto inner = around;
    enter(inner, at);
    std::vector<node> nodes;
    inner.body = &nodes;
    inner.around_together = around.body;
    if (around.is_played()) inner.block = scope::block_kind::together;
    read_lines(body_of(where), inner);
    together found;
    for (auto& one : nodes) {
        if (auto* sent = std::get_if<step>(&one.what)) found.steps.push_back(std::move(*sent));
    }
    push({at, {}, std::move(found)}, around);
    return where.file->after(where.at);
}

// Blocks with a name.

std::size_t script_reader::parse_define(cursor& line, scope& around, here const& where) {
    auto const at = where.statement().tokens.front().offset;
    if (around.inside != nullptr)
        throw mistake(at, "a block is defined outside of tests", "expected \"define\" before the test");
    auto const name = line.word("the block's name");
    definition found;
    while (line.at_word()) found.parameters.push_back(line.word("a parameter"));
    line.expect_end();
    if (definitions_.contains(name)) throw mistake(at, "\"" + name + "\" is defined twice");
    found.body = body_of(where);
    found.is_good = check_definition(found, around);
    definitions_[name] = std::move(found);
    return where.file->after(where.at);
}

/// Checks a block before it is called: where a parameter is used, a sample stands.
bool script_reader::check_definition(definition const& what, scope const& around) {
    auto unplayed = around;
    test scratch;
    session_orders sessions;
    sessions["main"].may_be_anywhere();
    unplayed.inside = &scratch;
    unplayed.body = &scratch.body;
    unplayed.sessions = &sessions;
    unplayed.block = scope::block_kind::definition;
    for (auto const& name : what.parameters) unplayed.captured.insert(name);
    auto const before = wrong_.all().size();
    read_lines(what.body, unplayed);
    return wrong_.all().size() == before;
}

std::size_t script_reader::parse_call(cursor& line, scope& around, here const& where) {
    auto const at = where.statement().tokens.front().offset;
    auto const name_at = line.offset();
    auto const name = line.word("a block's name");
    auto const found = definitions_.find(name);
    if (found == definitions_.end()) {
        std::vector<std::string_view> names(definitions_.size());
        std::ranges::transform(definitions_, names.begin(),
                               [](auto const& one) -> std::string_view { return one.first; });
        if (!around.is_played()) return where.at + 1;  // it may be defined before it is called
        throw mistake(name_at, text::explain_unknown(name, "a block that was defined above", names));
    }
    auto const& called = found->second;
    auto inner = around;
    enter(inner, at);
    std::size_t given = 0;
    for (; line.at_word(); ++given) {
        auto value = line.word("a value");
        if (given >= called.parameters.size()) continue;
        inner.values[called.parameters[given]] = std::move(value);
        inner.captured.erase(called.parameters[given]);
    }
    line.expect_end();
    if (given != called.parameters.size()) {
        std::string wanted;
        for (auto const& one : called.parameters) wanted += ' ' + one;
        throw mistake(at, '"' + name + "\" was called with " + std::to_string(given) + " values",
                      "expected \"call " + name + wanted + '"');
    }
    if (!called.is_good || !around.is_played()) return where.at + 1;
    inner.calls.push_back(at);
    inner.in_force.folder = called.body.file->folder();
    read_lines(called.body, inner);
    around.captured.merge(inner.captured);
    return where.at + 1;
}

std::size_t script_reader::parse_use(cursor& line, scope& around, here const& where) {
    auto const at = where.statement().tokens.front().offset;
    if (around.inside == nullptr)
        throw mistake(at, "a step must be inside a test", "expected \"test\" before it");
    auto const name_at = line.offset();
    auto const name = line.word("the name of a built-in block");
    auto const block = std::ranges::find(built_in_blocks(), name, &built_in_block::name);
    if (block == built_in_blocks().end()) {
        std::vector<std::string_view> names;
        for (auto const& one : built_in_blocks()) names.push_back(one.name);
        throw mistake(name_at, text::explain_unknown(name, "a built-in block", names));
    }
    auto inner = around;
    enter(inner, at);
    for (auto const& one : block->variables) {
        if (line.at_word()) {
            inner.values[std::string(one.name)] = line.word("a value");
        } else {
            inner.values.try_emplace(std::string(one.name), one.usual);
        }
    }
    line.expect_end();
    inner.stands_at = around.stands_at.value_or(at);
    read_lines(built_in_.at(name).body, inner);
    return where.at + 1;
}

void script_reader::define_built_in() {
    for (auto const& one : built_in_blocks()) {
        auto const lines =
            add_file(text::source("(built-in " + std::string(one.name) + ')', std::string(one.lines)));
        built_in_[std::string(one.name)] = {{}, {lines, 0, lines->size()}, true};
    }
}

// Words that belong to a block.

std::size_t script_reader::parse_stray_else(cursor&, scope&, here const& where) {
    throw mistake(where.statement().tokens.front().offset, "this \"else\" does not belong to any \"if\"");
}

std::size_t script_reader::parse_stray_end(cursor&, scope&, here const& where) {
    throw mistake(where.statement().tokens.front().offset, "this \"end\" does not end any block");
}

}  // namespace testmta::run
