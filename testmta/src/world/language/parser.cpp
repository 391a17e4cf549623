#include "world/language/parser.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>

#include "text/cursor.hpp"
#include "text/lexer.hpp"
#include "world/language/block_parsers.hpp"
#include "world/language/bounds.hpp"

namespace testmta::world {

namespace {

using text::cursor;
using text::mistake;

/// Reads another file into the same world. Returns why it could not be read, or an empty text.
using includer = std::function<std::string(std::string const& name)>;

constexpr std::uint32_t most_repetitions = 10'000;

bool begins_with(text::statement const& line, std::string_view word) {
    auto const& first = line.tokens.front();
    auto const* spelt = first.pieces.size() == 1 ? std::get_if<std::string>(&first.pieces.front()) : nullptr;
    return first.kind == text::token_kind::bare && spelt != nullptr && *spelt == word;
}

/// Parses the statements of a file in turn. A block takes those up to its "end".
class file_parser {
public:
    file_parser(text::source const& file, text::mistakes& wrong, description& into, bounds& limits,
                includer include)
        : limits_(limits),
          file_(file),
          statements_(text::read_statements(file, text::heredocs::refused, wrong)),
          wrong_(wrong),
          found_(into),
          include_(std::move(include)) {}

    void all() {
        while (next_ != statements_.size() && !limits_.is_too_long()) {
            auto const& line = statements_[next_++];
            attempt(line, [&](cursor& words) { parse_statement(words); });
        }
    }

    /// Parses statements that are rules, and nothing else.
    void rules(peer& into) {
        auto const parse = [&](cursor& words) {
            if (words.peek() != "on") words.fail("a rule, which begins with \"on\"");
            parse_line_of_peer(words, into);
        };
        for (auto const& line : statements_)
            begins_with(line, "repeat") ? attempt_repeated(line, parse) : attempt(line, parse);
    }

private:
    using handler = void (file_parser::*)(cursor&);

    void parse_statement(cursor& words);

    /// If a block lacks its "end", the head of the next block is parsed as one of its lines; the mistake then
    /// says so.
    static void suspecting_the_end(cursor const& line, std::function<void()> const& parse) {
        static constexpr std::string_view heads[] = {"zone", "peer", "entry"};
        bool const is_head = std::ranges::find(heads, line.peek()) != std::end(heads);
        try {
            parse();
        } catch (mistake& found) {
            if (is_head) found.text += "; is the \"end\" of the block above missing?";
            throw;
        }
    }

    void parse_zone(cursor& words) {
        auto const head = words.offset();
        zone found;
        auto const headed = [&] { found = parse_zone_head(words); };
        parse_block(head, headed,
                    [&](cursor& line) { suspecting_the_end(line, [&] { parse_zone_line(line, found); }); });
        refuse_second(found_.zones, head, "zone " + found.domain,
                      [&](zone const& other) { return other.domain == found.domain; });
        found_.zones.push_back(std::move(found));
    }

    /// A rule keeps the words that it was made of.
    void parse_line_of_peer(cursor& words, peer& into) {
        auto const from = words.offset();
        auto const rules_before = into.rules.size();
        auto const mailboxes_before = into.mailboxes.size();
        parse_peer_line(words, into);
        for (auto i = mailboxes_before; i != into.mailboxes.size(); ++i)
            count_expression(into.mailboxes[i], from);
        if (into.rules.size() == rules_before) return;
        for (auto const& one :
             {into.rules.back().argument, into.rules.back().sender, into.rules.back().client})
            if (one) count_expression(*one, from);
        auto const text = file_.content().substr(from, words.offset() - from);
        into.rules.back().text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
    }

    void count_expression(pattern const& one, std::size_t at) {
        limits_.count_expressions(at, one.is_expression() ? 1 : 0);
    }

    void parse_peer(cursor& words) {
        auto const head = words.offset();
        peer found;
        auto const headed = [&] { found = parse_peer_head(words); };
        parse_block(head, headed, [&](cursor& line) {
            suspecting_the_end(line, [&] { parse_line_of_peer(line, found); });
        });
        refuse_second(found_.peers, head, "peer " + found.name,
                      [&](peer const& other) { return other.name == found.name; });
        limits_.count_addresses(head, found.addresses.size());
        for (auto const& address : found.addresses) {
            refuse_second(found_.peers, head, "peer at " + address.to_string(), [&](peer const& other) {
                return std::ranges::find(other.addresses, address) != other.addresses.end();
            });
        }
        found_.peers.push_back(std::move(found));
    }

    void parse_entry(cursor& words) {
        auto const head = words.offset();
        entry found;
        auto const headed = [&] { found = parse_entry_head(words); };
        parse_block(head, headed, [&](cursor& line) {
            auto const at = line.offset();
            parse_entry_line(line, found);
            if (found.steps.empty()) return;
            if (auto const* seen = std::get_if<sighting>(&found.steps.back())) require_peer(seen->peer, at);
        });
        refuse_second(found_.entries, head, "entry " + found.number,
                      [&](entry const& other) { return other.number == found.number; });
        found_.entries.push_back(std::move(found));
    }

    void parse_expect(cursor& words) { found_.entries.push_back(parse_lone_expectation(words)); }
    void parse_seed(cursor& words) {
        found_.seed = words.number("a number");
        words.expect_end();
    }
    void parse_clock(cursor& words) {
        static constexpr text::keyword<clock_kind> clocks[] = {{"real", clock_kind::real},
                                                               {"virtual", clock_kind::virtual_time}};
        found_.clock = words.one_of(clocks, "a clock");
        words.expect_end();
    }
    void parse_include(cursor& words) {
        auto const at = words.offset();
        auto const name = words.word("the name of a file");
        words.expect_end();
        if (auto const problem = include_(name); !problem.empty()) throw mistake(at, problem);
    }

    /// Parses the head, then each line up to "end". After a mistake in the head the lines are still checked
    /// for mistakes of their own.
    void parse_block(std::size_t head, std::function<void()> const& parse_head,
                     std::function<void(cursor&)> const& parse_line) {
        std::optional<mistake> in_head;
        try {
            parse_head();
        } catch (mistake const& found) {
            in_head = found;
        }
        while (next_ != statements_.size()) {
            if (limits_.is_too_long()) return;
            auto const& line = statements_[next_++];
            if (begins_with(line, "repeat")) {
                attempt_repeated(line, parse_line);
                continue;
            }
            auto ended = false;
            attempt(line, [&](cursor& words) {
                ended = words.take("end");
                ended ? words.expect_end() : parse_line(words);
            });
            if (!ended) continue;
            if (in_head) throw *in_head;
            return;
        }
        throw in_head ? *in_head
                      : mistake(head, "this block does not end", "expected \"end\" on a line of its own");
    }

    void require_peer(std::string const& name, std::size_t at) const {
        auto const known = std::ranges::find(found_.peers, name, &peer::name) != found_.peers.end();
        if (!known) throw mistake(at, "there is no peer " + name, "expected one that is defined above");
    }

    template <class Known, class Same>
    static void refuse_second(Known const& known, std::size_t at, std::string const& what, Same same) {
        bounds::check_blocks(at, known.size());
        if (std::ranges::any_of(known, same)) throw mistake(at, "there is already a " + what);
    }

    void count(text::statement const& line) {
        auto const begin = line.tokens.front().offset;
        limits_.count_line(begin, line.end - begin);
    }

    void attempt(text::statement const& line, std::function<void(cursor&)> const& parse) {
        try {
            count(line);
            cursor words(line, {});
            parse(words);
        } catch (mistake& found) {
            wrong_.add(std::move(found));
        }
    }

    /// Parses `repeat N LINE`: the line N times, while `${n}` runs from 1 to N.
    void attempt_repeated(text::statement const& line, std::function<void(cursor&)> const& parse) {
        std::uint32_t times = 1;
        try {
            for (std::uint32_t n = 1; n <= times; ++n) {
                count(line);
                cursor words(line, {{"n", std::to_string(n)}});
                words.expect("repeat");
                times = words.number("a number from 1 to 10000", 1, most_repetitions);
                parse(words);
            }
        } catch (mistake& found) {
            wrong_.add(std::move(found));
        }
    }

    bounds& limits_;
    text::source const& file_;
    std::vector<text::statement> statements_;
    text::mistakes& wrong_;
    std::size_t next_ = 0;
    description& found_;
    includer include_;
};

void file_parser::parse_statement(cursor& words) {
    static constexpr text::keyword<handler> statements[] = {
        {"zone", &file_parser::parse_zone},       {"peer", &file_parser::parse_peer},
        {"entry", &file_parser::parse_entry},     {"expect", &file_parser::parse_expect},
        {"seed", &file_parser::parse_seed},       {"clock", &file_parser::parse_clock},
        {"include", &file_parser::parse_include},
    };
    auto const parse = words.one_of(statements, "a statement of a world");
    (this->*parse)(words);
}

/// Returns the file, or the standard input if it is called "-".
std::optional<text::source> load(std::filesystem::path const& file, std::string& problem) {
    if (file != "-") return text::load(file.string(), problem);
    auto const found = text::load("/dev/stdin", problem);
    if (!found) return std::nullopt;
    return text::source("<stdin>", std::string(found->content()));
}

/// Reads a file and those that it includes, and reports the mistakes of each.
class world_reader {
public:
    explicit world_reader(std::string& report) : report_(report) {}

    /// Returns why the file could not be read; empty if it could, with mistakes or without.
    std::string read(std::filesystem::path const& file) {
        std::error_code ignored;
        auto const real = std::filesystem::weakly_canonical(file, ignored);
        if (std::ranges::find(open_, real) != open_.end()) return file.string() + " includes itself";
        std::string problem;
        auto const source = load(file, problem);
        if (!source) return problem;

        open_.push_back(real);
        text::mistakes wrong;
        file_parser(*source, wrong, found, limits_, [&](std::string const& name) {
            return read(file.parent_path() / name);
        }).all();
        open_.pop_back();
        report_ += wrong.report(*source);
        return {};
    }

    description found;

private:
    std::string& report_;
    bounds limits_;
    std::vector<std::filesystem::path> open_;
};

}  // namespace

std::optional<description> parse(text::source const& file, text::mistakes& wrong) {
    description found;
    bounds limits;
    file_parser(file, wrong, found, limits, [](std::string const&) {
        return std::string("\"include\" works only in a file");
    }).all();
    if (!wrong.none()) return std::nullopt;
    return found;
}

std::optional<std::vector<rule>> parse_rules(text::source const& file, text::mistakes& wrong) {
    description nothing;
    peer found;
    bounds limits;
    file_parser(file, wrong, nothing, limits, {}).rules(found);
    if (!wrong.none()) return std::nullopt;
    return std::move(found.rules);
}

std::optional<description> read_world(std::string const& file, std::string& report) {
    world_reader reader(report);
    if (auto const problem = reader.read(file); !problem.empty()) report += problem + '\n';
    if (!report.empty()) return std::nullopt;
    return std::move(reader.found);
}

}  // namespace testmta::world
