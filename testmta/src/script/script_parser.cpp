#include "script/script_parser.hpp"

#include <algorithm>
#include <filesystem>

#include "script/content.hpp"
#include "script/expectation_parser.hpp"
#include "script/filter_address.hpp"
#include "script/script_reader.hpp"
#include "script/step_parser.hpp"
#include "text/lexer.hpp"

namespace testmta::run {

namespace {

using text::cursor;
using text::mistake;

constexpr std::size_t most_steps = 100'000;           // of one test, loops unrolled
constexpr std::size_t most_steps_of_all = 1'000'000;  // of all tests of a script
constexpr std::size_t most_included = 16;             // each by the one before

/// A value that the filter decides about can only be part of a step.
void refuse_captured(cursor const& line, scope const& around) {
    if (!around.is_played() || !line.has_sample()) return;
    throw mistake(line.offset(), "a captured value cannot be used in this line",
                  "expected it in a step, in an expectation or after \"if\"");
}

/// Returns a name by which a file is known again. A pipe has no other name than the one given.
std::string identity_of(std::filesystem::path const& file) {
    std::error_code unknown;
    auto const known = std::filesystem::weakly_canonical(file, unknown);
    return unknown ? file.string() : known.string();
}

std::size_t octets_of(step const& what) {
    if (auto const* one = std::get_if<body>(&what.action)) return one->octets.size();
    if (auto const* one = std::get_if<octets>(&what.action)) return one->what.size();
    if (auto const* one = std::get_if<words>(&what.action)) return one->strings.back().size();
    return 0;
}

bool is_sent(step const& what) {
    return event_of(what.action) || std::holds_alternative<octets>(what.action) ||
           std::holds_alternative<macros>(what.action);
}

}  // namespace

std::vector<test> parse_script(text::source file, command_line_settings const& by_command_line,
                               text::sources& files, text::mistakes& wrong) {
    script_reader reader(by_command_line, files, wrong);
    reader.read_script(std::move(file));
    return std::move(reader.tests);
}

script_reader::script_reader(command_line_settings const& by_command_line, text::sources& files,
                             text::mistakes& wrong)
    : command_line_(by_command_line), files_(files), wrong_(wrong) {}

void script_reader::read_script(text::source file) {
    including_.push_back(identity_of(file.name()));
    auto const lines = add_file(std::move(file));
    define_built_in();
    scope file_level;
    file_level.in_force = command_line_.defaults;
    file_level.in_force.folder = lines->folder();
    file_level.values = command_line_.defines;
    read_lines({lines, 0, lines->size()}, file_level);
}

std::shared_ptr<statement_list const> script_reader::add_file(text::source file) {
    auto const folder = std::filesystem::path(file.name()).parent_path().string();
    auto const base = files_.add(std::move(file));
    auto const& kept = *files_.find(base).file;
    return std::make_shared<statement_list const>(
        folder, text::read_statements(kept, text::heredocs::allowed, wrong_, base));
}

void script_reader::read_lines(statement_range const& lines, scope& around) {
    for (auto at = lines.from; at < lines.to && !wrong_.full();) {
        here const where{lines.file, at};
        try {
            auto line = words_of(where.statement(), around);
            at = parse_line(line, around, where);
        } catch (mistake& found) {
            at = lines.file->after(at);
            if (!around.calls.empty()) found.text += "; called at " + files_.describe(around.calls.back());
            wrong_.add(std::move(found));
        }
    }
}

/// Returns the words of a line. In a definition every variable that has no value may get one by its call.
cursor script_reader::words_of(text::statement const& line, scope const& around) {
    if (around.is_played()) return {line, around.values, around.captured};
    auto later = around.captured;
    for (auto const& word : line.tokens) {
        for (auto const& part : word.pieces) {
            auto const* used = std::get_if<text::variable>(&part);
            if (used != nullptr && !around.values.contains(used->name)) later.insert(used->name);
        }
    }
    return {line, around.values, later};
}

std::size_t script_reader::parse_line(cursor& line, scope& around, here const& where) {
    static constexpr text::keyword<handler> statements[] = {
        {"test", &script_reader::parse_test},         {"repeat", &script_reader::parse_repeat},
        {"for", &script_reader::parse_for},           {"if", &script_reader::parse_if},
        {"else", &script_reader::parse_stray_else},   {"end", &script_reader::parse_stray_end},
        {"session", &script_reader::parse_session},   {"parallel", &script_reader::parse_parallel},
        {"together", &script_reader::parse_together}, {"define", &script_reader::parse_define},
        {"call", &script_reader::parse_call},         {"use", &script_reader::parse_use},
        {"set", &script_reader::parse_set},           {"dialect", &script_reader::parse_dialect},
        {"milter", &script_reader::parse_milter},     {"timeout", &script_reader::parse_timeout},
        {"implicit", &script_reader::parse_implicit}, {"macros", &script_reader::parse_macros},
        {"needs", &script_reader::parse_needs},       {"tag", &script_reader::parse_tag},
        {"include", &script_reader::parse_include},
    };
    if (begins_step(line)) return parse_step_line(line, around, where);
    auto const first = line.peek();
    auto const* known = std::ranges::find(statements, first, &text::keyword<handler>::name);
    if (known == std::end(statements) && line.at(text::token_kind::bare)) {
        std::vector<std::string_view> possible;
        for (auto const& one : statements) possible.push_back(one.name);
        std::ranges::copy(step_words(), std::back_inserter(possible));
        throw mistake(line.offset(), text::explain_unknown(first, "a statement", possible));
    }
    auto const is_if = first == "if";
    auto const parse = line.one_of(statements, "a statement");
    if (!is_if) refuse_captured(line, around);
    return (this->*parse)(line, around, where);
}

// Steps.

std::size_t script_reader::parse_step_line(cursor& line, scope& around, here const& where) {
    auto const at = line.offset();
    if (around.inside == nullptr)
        throw mistake(at, "a step must be inside a test", "expected \"test\" before it");
    if (around.block == scope::block_kind::parallel)
        throw mistake(at, "only sessions run in parallel", "expected \"session\" before this step");
    auto const is_message = line.peek() == "message";
    std::vector<step> found;
    auto is_doubtful = false;
    try {
        found = parse_step(line, around.in_force);
    } catch (mistake const& wrong) {
        // What is said against a word that is not known yet is said when it is.
        if (!line.is_sample(wrong.offset)) throw;
        is_doubtful = true;
    }
    auto const is_mta = around.in_force.plays == role::mta;
    if (is_message && is_mta && around.follows().lacks_data()) {
        auto data = make_step(plain{core::command::data, {}}, at, around.in_force);
        add_step(std::move(data), around);
    }
    if (line.has_sample()) {
        add_late_line(found, is_doubtful, around, where);
    } else {
        for (auto& one : found) add_step(std::move(one), around);
    }
    return where.at + 1;
}

void script_reader::add_late_line(std::vector<step> const& expected, bool is_doubtful, scope& around,
                                  here const& where) {
    auto const at = where.statement().tokens.front().offset;
    if (around.block == scope::block_kind::together)
        throw mistake(at, "a captured value cannot be used in what is sent together");
    for (auto const& one : expected) {
        add_implied(one, around);
        if (around.in_force.plays == role::mta) around.follows().follow(one);
    }
    if (is_doubtful) around.follows().may_be_anywhere();
    node made;
    made.offset = at;
    made.what = late_line(where.statement(), around.in_force, late_values(around.values, around.captured));
    push(std::move(made), around);
}

/// Adds the steps that the first step of a session implies.
void script_reader::add_implied(step const& what, scope& around) {
    if (around.in_force.plays == role::filter) return;  // what an MTA sends, and when, is its own affair
    auto outside = around;
    if (around.around_together != nullptr) outside.body = around.around_together;
    for (auto& before : around.follows().implied_before(what.action)) {
        if (auto* opens = std::get_if<open>(&before)) opens->macros = around.in_force.macros;
        auto implied = make_step(std::move(before), what.offset, around.in_force);
        around.follows().follow(implied);
        push({implied.offset, {}, std::move(implied)}, outside);
    }
}

void script_reader::add_step(step what, scope& around) {
    auto const is_together = around.block == scope::block_kind::together;
    auto const is_of_filter = around.in_force.plays == role::filter;
    if (is_together && is_of_filter && !std::holds_alternative<octets>(what.action))
        throw mistake(what.offset, "a filter cannot send this together with others",
                      "expected only \"frame\" and \"bytes\" between \"together\" and \"end\"");
    if (is_together && !is_sent(what))
        throw mistake(what.offset, "this line sends nothing",
                      "expected only what is sent between \"together\" and \"end\"");
    auto const* meets = std::get_if<meet>(&what.action);
    if (meets != nullptr && !around.has_company && around.is_played())
        throw mistake(what.offset, "no other session runs here", "expected \"sync\" inside \"parallel\"");
    if (auto const* takes = std::get_if<capture>(&what.action)) around.captured.insert(takes->name);
    if (std::holds_alternative<fuzz>(what.action)) around.inside->is_fuzzed = true;
    add_implied(what, around);
    if (around.in_force.plays == role::mta) around.follows().follow(what);
    octets_ += octets_of(what);
    if (octets_ > most_octets_sent) throw mistake(what.offset, "the tests of a script send at most 256 MiB");
    push({what.offset, {}, std::move(what)}, around);
}

void script_reader::push(node what, scope& around) {
    if (++steps_ > most_steps) throw mistake(what.offset, "a test has at most 100000 steps");
    if (++steps_of_all_ > most_steps_of_all)
        throw mistake(what.offset, "the tests of a script have at most 1000000 steps");
    what.calls = around.calls;
    what.offset = around.stands_at.value_or(what.offset);
    if (auto* one = std::get_if<step>(&what.what)) {
        one->calls = what.calls;
        one->offset = what.offset;
    }
    around.body->push_back(std::move(what));
}

// Settings.

std::size_t script_reader::parse_set(cursor& line, scope& around, here const& where) {
    auto name = line.word("NAME = VALUE");
    std::string value;
    if (auto const equals = name.find('='); equals != std::string::npos) {
        value = name.substr(equals + 1);
        name.resize(equals);
    } else {
        line.expect("=");
        value = line.word("a value");
    }
    line.expect_end();
    auto const defined = around.inside == nullptr && command_line_.defines.contains(name);
    if (!defined) around.values[name] = value;
    around.captured.erase(name);
    return where.at + 1;
}

std::size_t script_reader::parse_dialect(cursor& line, scope& around, here const& where) {
    auto const at = line.offset();
    auto const name = line.word("the name of a dialect");
    auto const* found = find_dialect(name);
    if (found == nullptr) {
        std::vector<std::string_view> names;
        for (auto const& one : dialects()) names.push_back(one.name);
        throw mistake(at, text::explain_unknown(name, "a dialect", names));
    }
    line.expect_end();
    around.in_force.as = found;
    if (around.inside == nullptr) return where.at + 1;
    if (!around.inside->body.empty()) {
        throw mistake(at, "the dialect cannot change within a session",
                      "expected this line before the first step");
    }
    around.inside->as = found;
    return where.at + 1;
}

std::size_t script_reader::parse_milter(cursor& line, scope& around, here const& where) {
    auto const at = line.offset();
    auto const spelt = line.word("the filter's socket");
    std::string problem;
    if (!read_filter_address(spelt, problem)) throw mistake(at, problem);
    line.expect_end();
    if (!command_line_.defaults.milter.empty()) return where.at + 1;
    around.in_force.milter = spelt;
    if (around.inside != nullptr) around.inside->milter = spelt;
    return where.at + 1;
}

std::size_t script_reader::parse_timeout(cursor& line, scope& around, here const& where) {
    static constexpr text::keyword<core::command> events[] = {
        {"connection", core::command::quit_nc},  // no answer to it is ever awaited
        {"negotiate", core::command::negotiate}, {"connect", core::command::connect},
        {"helo", core::command::helo},           {"mail", core::command::mail},
        {"rcpt", core::command::rcpt},           {"data", core::command::data},
        {"header", core::command::header},       {"eoh", core::command::end_of_headers},
        {"body", core::command::body},           {"eom", core::command::end_of_message},
        {"unknown", core::command::unknown},     {"quit", core::command::quit},
    };
    auto const event = line.one_of(events, "an event");
    auto const limit = line.duration();
    line.expect_end();
    if (event == core::command::quit_nc) {
        around.in_force.connection_limit = limit;
    } else {
        around.in_force.limits[event] = limit;
    }
    if (event == core::command::quit && around.inside != nullptr) around.inside->closing_limit = limit;
    return where.at + 1;
}

std::size_t script_reader::parse_implicit(cursor& line, scope& around, here const& where) {
    static constexpr text::keyword<implied> kinds[] = {
        {"continue", implied::proceed}, {"any", implied::any}, {"none", implied::none}};
    auto const at = line.offset();
    auto const expected = line.one_of(kinds, "an implied expectation");
    line.expect_end();
    if (around.in_force.plays == role::filter && expected == implied::any)
        throw mistake(at, "a filter has to say what it answers", "expected \"continue\" or \"none\"");
    around.in_force.expected = expected;
    return where.at + 1;
}

std::size_t script_reader::parse_macros(cursor& line, scope& around, here const& where) {
    static constexpr text::keyword<macros_of> kinds[] = {{"auto", macros_of::dialect},
                                                         {"none", macros_of::script_alone}};
    auto const at = line.offset();
    around.in_force.macros = line.one_of(kinds, "a choice of macros");
    line.expect_end();
    if (around.inside == nullptr) return where.at + 1;
    if (!around.inside->body.empty())
        throw mistake(at, "the macros cannot change within a session",
                      "expected this line before the first step");
    return where.at + 1;
}

std::size_t script_reader::parse_needs(cursor& line, scope& around, here const& where) {
    auto& into = around.inside != nullptr ? around.inside->needs : around.needs;
    do {
        need found;
        if (line.take("version")) {
            found.agreement.version = line.number("a version");
            found.text = "version " + std::to_string(*found.agreement.version);
        } else if (line.take("action")) {
            found.agreement.actions.with = parse_option_name(line, action_names());
            found.text = "action " + name_bits(found.agreement.actions.with, action_names());
        } else {
            line.take("step");
            found.agreement.steps.with = parse_option_name(line, step_names());
            found.text = name_bits(found.agreement.steps.with, step_names());
        }
        into.push_back(std::move(found));
    } while (line.at_word());
    line.expect_end();
    return where.at + 1;
}

std::size_t script_reader::parse_tag(cursor& line, scope& around, here const& where) {
    auto& into = around.inside != nullptr ? around.inside->tags : around.tags;
    do {
        into.push_back(line.word("a name"));
    } while (line.at_word());
    line.expect_end();
    return where.at + 1;
}

std::size_t script_reader::parse_include(cursor& line, scope& around, here const& where) {
    auto const at = line.offset();
    auto const path = std::filesystem::path(where.file->folder()) / line.word("the name of a file");
    line.expect_end();
    auto const key = identity_of(path);
    if (std::ranges::find(including_, key) != including_.end())
        throw mistake(at, path.string() + " includes itself",
                      "expected files that do not go round in a circle");
    if (including_.size() == most_included) throw mistake(at, "files include each other more than 16 deep");
    auto known = included_.find(key);
    if (known == included_.end()) {
        std::string problem;
        auto file = text::load(path.string(), problem);
        if (!file) throw mistake(at, problem, "expected a file that can be read");
        if (files_.octets() + file->content().size() > text::most_octets)
            throw mistake(at, "the files of a script have more than 16 MiB");
        known = included_.emplace(key, add_file(*std::move(file))).first;
    }
    auto const lines = known->second;
    including_.push_back(key);
    auto const folder = std::exchange(around.in_force.folder, lines->folder());
    read_lines({lines, 0, lines->size()}, around);
    around.in_force.folder = folder;
    including_.pop_back();
    return where.at + 1;
}

}  // namespace testmta::run
