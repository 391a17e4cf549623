#include "parser.hpp"

#include <algorithm>
#include <functional>

#include "block_parsers.hpp"
#include "text/cursor.hpp"
#include "text/lexer.hpp"

namespace testmta::world {

namespace {

using text::cursor;
using text::mistake;
using text::not_yet;

constexpr std::string_view verdicts[] = {"pass", "fail", "transient", "error"};

finding parse_finding(cursor& words) {
    constexpr std::string_view expected = "VERDICT/REASON with the verdict pass, fail, transient or error";
    auto const at = words.offset();
    auto const spelt = words.word(expected);
    auto const slash = spelt.find('/');
    auto const known = std::ranges::find(verdicts, spelt.substr(0, slash)) != std::end(verdicts);
    if (!known || slash == std::string::npos || slash + 1 == spelt.size()) {
        throw mistake(at, "\"" + spelt + "\" cannot stand here", "expected " + std::string(expected));
    }
    return {spelt.substr(0, slash), spelt.substr(slash + 1)};
}

expectation parse_expectation(cursor& words) {
    expectation found;
    auto const at = words.offset();
    found.address = words.word("an address");
    if (found.address.find('@') == std::string::npos) {
        throw mistake(at, "\"" + found.address + "\" is not an address", "expected LOCAL@DOMAIN");
    }
    found.hard = parse_finding(words);
    if (words.take("soft")) found.soft = parse_finding(words);
    words.expect_end();
    return found;
}

/// The statements of a file in turn; a block takes those up to its "end".
class file_parser {
public:
    file_parser(text::source const& file, text::mistakes& wrong)
        : statements_(text::read_statements(file, text::heredocs::refused, wrong)), wrong_(wrong) {}

    description all() {
        while (next_ != statements_.size()) {
            auto const& line = statements_[next_++];
            attempt(line, [&](cursor& words) { parse_statement(words); });
        }
        return std::move(found_);
    }

private:
    using handler = void (file_parser::*)(cursor&);

    void parse_statement(cursor& words);

    void parse_zone(cursor& words) {
        auto const head = words.offset();
        zone found;
        auto const headed = [&] { found = parse_zone_head(words); };
        parse_block(head, headed, [&](cursor& line) { parse_zone_line(line, found); });
        refuse_second(found_.zones, head, "zone " + found.domain,
                      [&](zone const& other) { return other.domain == found.domain; });
        found_.zones.push_back(std::move(found));
    }

    void parse_peer(cursor& words) {
        auto const head = words.offset();
        peer found;
        auto const headed = [&] { found = parse_peer_head(words); };
        parse_block(head, headed, [&](cursor& line) { parse_peer_line(line, found); });
        refuse_second(found_.peers, head, "peer " + found.name,
                      [&](peer const& other) { return other.name == found.name; });
        for (auto const& address : found.addresses) {
            refuse_second(found_.peers, head, "peer at " + address.to_string(), [&](peer const& other) {
                return std::ranges::find(other.addresses, address) != other.addresses.end();
            });
        }
        found_.peers.push_back(std::move(found));
    }

    void parse_expect(cursor& words) { found_.expectations.push_back(parse_expectation(words)); }

    /// The head, then each line up to "end"; a mistake in the head still reads the lines, for theirs.
    void parse_block(std::size_t head, std::function<void()> const& parse_head,
                     std::function<void(cursor&)> const& parse_line) {
        std::optional<mistake> in_head;
        try {
            parse_head();
        } catch (mistake const& found) {
            in_head = found;
        }
        while (next_ != statements_.size()) {
            auto const& line = statements_[next_++];
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

    template <class Known, class Same>
    static void refuse_second(Known const& known, std::size_t at, std::string const& what, Same same) {
        if (std::ranges::any_of(known, same)) throw mistake(at, "there is a " + what + " already");
    }

    void attempt(text::statement const& line, std::function<void(cursor&)> const& parse) {
        try {
            cursor words(line, {});
            parse(words);
        } catch (mistake& found) {
            wrong_.add(std::move(found));
        }
    }

    std::vector<text::statement> statements_;
    text::mistakes& wrong_;
    std::size_t next_ = 0;
    description found_;
};

void file_parser::parse_statement(cursor& words) {
    static constexpr text::keyword<handler> statements[] = {
        {"zone", &file_parser::parse_zone},
        {"peer", &file_parser::parse_peer},
        {"expect", &file_parser::parse_expect},
        {"seed", not_yet},
        {"clock", not_yet},
        {"include", not_yet},
    };
    auto const parse = words.one_of(statements, "a statement of a world");
    (this->*parse)(words);
}

}  // namespace

std::optional<description> parse(text::source const& file, text::mistakes& wrong) {
    auto found = file_parser(file, wrong).all();
    if (!wrong.none()) return std::nullopt;
    return found;
}

}  // namespace testmta::world
