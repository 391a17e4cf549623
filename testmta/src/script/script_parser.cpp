#include "script/script_parser.hpp"

#include <algorithm>

#include "script/filter_address.hpp"
#include "script/order.hpp"
#include "script/step_parser.hpp"
#include "text/lexer.hpp"

namespace testmta::run {

namespace {

using text::cursor;
using text::mistake;
using text::not_yet;

constexpr int deepest_blocks = 16;          // TM-019
constexpr std::size_t most_steps = 20'000;  // of one test, loops unrolled

constexpr std::string_view block_heads[] = {"test", "repeat",   "session", "parallel",
                                            "for",  "together", "if",      "define"};

/// The settings, variables and test that a statement is in.
class scope {
public:
    settings in_force;
    text::variables values;
    test* inside = nullptr;  ///< none at file level
    order follows;
    int depth = 0;
};

/// Parses the statements of a file, those of a "repeat" block several times.
class file_parser {
public:
    file_parser(text::source const& file, command_line_settings const& by_command_line, text::mistakes& wrong)
        : statements_(text::read_statements(file, text::heredocs::allowed, wrong)),
          command_line_(by_command_line),
          wrong_(wrong) {
        scope file_level;
        file_level.in_force = command_line_.defaults;
        file_level.values = command_line_.defines;
        parse_lines(0, statements_.size(), file_level);
    }

    std::vector<test> tests;

private:
    using handler = void (file_parser::*)(cursor&, scope&);

    /// A mistake ends only its own line, but a block whose first line is wrong is skipped.
    void parse_lines(std::size_t from, std::size_t to, scope& around) {
        next_ = from;
        while (next_ < to && !wrong_.full()) {
            current_ = next_++;
            try {
                cursor line(statements_[current_], around.values);
                parse_line(line, around);
            } catch (mistake& found) {
                next_ = after_block(current_);
                wrong_.add(std::move(found));
            }
        }
        next_ = to;
    }

    void parse_line(cursor& line, scope& around);

    void parse_step_line(cursor& line, scope& around) {
        auto const at = line.offset();
        if (around.inside == nullptr)
            throw mistake(at, "a step must be inside a test", "expected \"test\" before it");
        for (auto& found : parse_step(line, around.in_force)) add_step(std::move(found), around);
    }

    void add_step(step what, scope& around) {
        for (auto& before : around.follows.implied_before(what.action)) {
            step implied;
            implied.offset = what.offset;
            implied.limit = around.in_force.default_limit;
            if (std::holds_alternative<offer>(before)) implied.expectations = {negotiated{}};
            implied.action = std::move(before);
            add_checked(std::move(implied), around);
        }
        add_checked(std::move(what), around);
    }

    static void add_checked(step what, scope& around) {
        around.follows.follow(what);
        if (around.inside->steps.size() == most_steps)
            throw mistake(what.offset, "a test has at most 20000 steps");
        around.inside->steps.push_back(std::move(what));
    }

    void parse_test(cursor& line, scope& around) {
        if (around.inside != nullptr) throw mistake(line.offset(), "a test cannot contain another test");
        test found;
        found.offset = line.offset();
        found.name = line.word("the test's name");
        line.expect_end();
        auto const body = current_ + 1;
        auto const end = end_of_block(current_);

        auto within = around;
        within.inside = &found;
        parse_lines(body, end, within);
        next_ = std::min(end + 1, statements_.size());
        found.as = within.in_force.as;
        found.milter = within.in_force.milter;
        found.closing_limit = within.in_force.limit(core::command::quit);
        tests.push_back(std::move(found));
    }

    void parse_repeat(cursor& line, scope& around) {
        constexpr std::uint32_t most_rounds = most_steps;
        if (around.inside == nullptr)
            throw mistake(line.offset(), "\"repeat\" outside of a test is not supported yet");
        auto const rounds = line.number("a number of rounds from 0 to 20000", 0, most_rounds);
        auto const counter = line.take("as") ? line.word("the counter's name") : std::string();
        line.expect_end();
        auto const body = current_ + 1;
        auto const end = end_of_block(current_);
        if (++around.depth > deepest_blocks)
            throw mistake(line.offset(), "blocks are nested more than 16 deep");
        for (std::uint32_t round = 1; round <= rounds && wrong_.none(); ++round) {
            if (!counter.empty()) around.values[counter] = std::to_string(round);
            parse_lines(body, end, around);
        }
        --around.depth;
        next_ = std::min(end + 1, statements_.size());
    }

    void parse_set(cursor& line, scope& around) {
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
    }

    void parse_dialect(cursor& line, scope& around) {
        auto const at = line.offset();
        auto const name = line.word("the name of a dialect");
        auto const found = std::ranges::find(dialects(), name, &dialect::name);
        if (found == dialects().end()) refuse_dialect(at, name);
        if (around.inside != nullptr && !around.inside->steps.empty()) {
            throw mistake(at, "the dialect cannot change within a session",
                          "expected this line before the first step");
        }
        around.in_force.as = &*found;
        line.expect_end();
    }

    [[noreturn]] static void refuse_dialect(std::size_t at, std::string const& name) {
        constexpr std::string_view later[] = {"v2", "v3", "v4", "v6"};
        std::vector<std::string_view> names;
        for (auto const& one : dialects()) names.push_back(one.name);
        throw mistake(at, text::explain_unknown(name, "a dialect", later, names));
    }

    void parse_milter(cursor& line, scope& around) {
        auto const at = line.offset();
        auto const spelt = line.word("the filter's socket");
        std::string problem;
        if (!read_filter_address(spelt, problem)) throw mistake(at, problem);
        if (command_line_.defaults.milter.empty()) around.in_force.milter = spelt;
        line.expect_end();
    }

    void parse_timeout(cursor& line, scope& around) {
        static constexpr text::keyword<core::command> events[] = {
            {"negotiate", core::command::negotiate},
            {"connect", core::command::connect},
            {"helo", core::command::helo},
            {"mail", core::command::mail},
            {"rcpt", core::command::rcpt},
            {"data", core::command::data},
            {"header", core::command::header},
            {"eoh", core::command::end_of_headers},
            {"body", core::command::body},
            {"eom", core::command::end_of_message},
            {"unknown", core::command::unknown},
            {"quit", core::command::quit},
            {"connection", not_yet},
            {"abort", not_yet},
        };
        auto const event = line.one_of(events, "an event");
        around.in_force.limits[event] = line.duration();
        line.expect_end();
    }

    void parse_implicit(cursor& line, scope& around) {
        static constexpr text::keyword<implied> words[] = {
            {"continue", implied::proceed}, {"any", implied::any}, {"none", implied::none}};
        around.in_force.expected = line.one_of(words, "an implied expectation");
        line.expect_end();
    }

    void parse_stray_end(cursor& line, scope&) {
        throw mistake(line.offset(), "this \"end\" does not end any block");
    }

    bool is_head(text::statement const& line) const { return starts_with_any(line, block_heads); }

    static bool starts_with_any(text::statement const& line, std::span<std::string_view const> words) {
        auto const& first = line.tokens.front();
        if (first.kind != text::token_kind::bare || first.pieces.size() != 1) return false;
        auto const* spelt = std::get_if<std::string>(&first.pieces.front());
        return spelt != nullptr && std::ranges::find(words, *spelt) != words.end();
    }

    /// Returns the index of the "end" of the block, or the number of statements if there is none.
    std::size_t find_end(std::size_t head) const {
        static constexpr std::string_view end[] = {"end"};
        std::size_t open = 1;
        for (auto at = head + 1; at != statements_.size(); ++at) {
            if (is_head(statements_[at])) ++open;
            if (starts_with_any(statements_[at], end) && --open == 0) return at;
        }
        return statements_.size();
    }

    /// A block without "end" extends to the end of the file, so that its lines are checked for mistakes of
    /// their own.
    std::size_t end_of_block(std::size_t head) {
        auto const end = find_end(head);
        if (end == statements_.size()) {
            wrong_.add(mistake(statements_[head].tokens.front().offset, "this block does not end",
                               "expected \"end\" on a line of its own"));
        }
        return end;
    }

    std::size_t after_block(std::size_t at) const {
        return is_head(statements_[at]) ? std::min(find_end(at) + 1, statements_.size()) : at + 1;
    }

    std::vector<text::statement> statements_;
    command_line_settings const& command_line_;
    text::mistakes& wrong_;
    std::size_t next_ = 0;
    std::size_t current_ = 0;
};

void file_parser::parse_line(cursor& line, scope& around) {
    static constexpr text::keyword<handler> statements[] = {
        {"test", &file_parser::parse_test},
        {"repeat", &file_parser::parse_repeat},
        {"end", &file_parser::parse_stray_end},
        {"set", &file_parser::parse_set},
        {"dialect", &file_parser::parse_dialect},
        {"milter", &file_parser::parse_milter},
        {"timeout", &file_parser::parse_timeout},
        {"implicit", &file_parser::parse_implicit},
        {"include", not_yet},
        {"macros", not_yet},
        {"needs", not_yet},
        {"tag", not_yet},
        {"session", not_yet},
        {"parallel", not_yet},
        {"for", not_yet},
        {"if", not_yet},
        {"else", not_yet},
        {"define", not_yet},
        {"together", not_yet},
    };
    if (begins_step(line)) return parse_step_line(line, around);
    auto const first = line.peek();
    auto const known = std::ranges::any_of(statements, [&](auto const& one) { return one.name == first; });
    if (!known && line.at(text::token_kind::bare)) {
        text::keyword_names<handler> const names{std::span<text::keyword<handler> const>(statements)};
        auto possible = names.supported;
        for (auto const word : step_words()) possible.push_back(word);
        throw mistake(line.offset(), text::explain_unknown(first, "a statement", names.later, possible));
    }
    auto const parse = line.one_of(statements, "a statement");
    (this->*parse)(line, around);
}

}  // namespace

std::vector<test> parse_script(text::source const& file, command_line_settings const& by_command_line,
                               text::mistakes& wrong) {
    return std::move(file_parser(file, by_command_line, wrong).tests);
}

}  // namespace testmta::run
