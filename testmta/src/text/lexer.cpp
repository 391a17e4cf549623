#include "text/lexer.hpp"

#include <boost/spirit/home/x3.hpp>
#include <utility>

namespace testmta::text {

namespace {

namespace x3 = boost::spirit::x3;

using iterator = char const*;

/// A here-document that a line announces. Its text begins on the next line.
struct announcement {
    std::size_t token;  ///< its index in the statement
    std::string tag;
    bool keeps_lf;
};

/// Collects what the grammar finds in one line.
class builder {
public:
    builder(iterator begin, std::size_t base) : begin_(begin), base_(base) {}

    void start(token_kind kind, iterator at) {
        line.tokens.emplace_back(kind, base_ + static_cast<std::size_t>(at - begin_));
    }
    void literal(char octet) {
        auto& pieces = line.tokens.back().pieces;
        if (pieces.empty() || !std::holds_alternative<std::string>(pieces.back()))
            pieces.emplace_back(std::string());
        std::get<std::string>(pieces.back()).push_back(octet);
    }
    void use(std::string name) { line.tokens.back().pieces.emplace_back(variable{std::move(name)}); }
    void keep_escape(char octet, iterator after) {
        literal('\\');
        literal(octet);
        line.tokens.back().odd_escape = base_ + static_cast<std::size_t>(after - begin_) - 1;
    }
    void quote() { line.tokens.back().kind = token_kind::quoted; }
    void announce(std::string tag) {
        announced.push_back({line.tokens.size() - 1, std::move(tag), std::exchange(keeps_lf_, false)});
    }
    void keep_lf() { keeps_lf_ = true; }

    statement line;
    std::vector<announcement> announced;

private:
    iterator begin_;
    std::size_t base_;
    bool keeps_lf_ = false;
};

template <token_kind Kind>
constexpr auto start =
    [](auto& context) { x3::get<builder>(context).start(Kind, x3::_where(context).begin()); };
constexpr auto literal = [](auto& context) {
    x3::get<builder>(context).literal(static_cast<char>(x3::_attr(context)));
};
constexpr auto quote = [](auto& context) { x3::get<builder>(context).quote(); };
constexpr auto use = [](auto& context) { x3::get<builder>(context).use(x3::_attr(context)); };
constexpr auto keep_escape = [](auto& context) {
    x3::get<builder>(context).keep_escape(x3::_attr(context), x3::_where(context).begin());
};
constexpr auto announce = [](auto& context) { x3::get<builder>(context).announce(x3::_attr(context)); };
constexpr auto keep_lf = [](auto& context) { x3::get<builder>(context).keep_lf(); };

// The name of a rule is what an error message says was expected.
x3::rule<struct spelt_tag, std::string> const spelt = "name";
auto const spelt_def = x3::char_("a-zA-Z") >> *x3::char_("a-zA-Z0-9_.-");
constexpr char const* a_name = "a name: a letter, then letters, digits and - _ .";
x3::rule<struct variable_name_tag> const variable_name = a_name;
auto const variable_name_def = spelt[use];
x3::rule<struct heredoc_name_tag> const heredoc_name = a_name;
auto const heredoc_name_def = spelt[announce];

x3::rule<struct closing_brace_tag> const closing_brace = "a closing brace";
auto const closing_brace_def = x3::lit('}');
x3::rule<struct closing_double_tag> const closing_double = "a closing double quote on the same line";
auto const closing_double_def = x3::lit('"');
x3::rule<struct closing_single_tag> const closing_single = "a closing single quote on the same line";
auto const closing_single_def = x3::lit('\'');
x3::rule<struct line_end_tag> const line_end = "the end of the line";
auto const line_end_def = (-x3::lit('\r') >> '\n') | x3::eoi;

struct simple_escapes : x3::symbols<char> {
    simple_escapes() { add("n", '\n')("r", '\r')("t", '\t')("0", '\0')("\\", '\\')("\"", '"')("$", '$'); }
} const simple_escape;
x3::uint_parser<unsigned char, 16, 2, 2> const hex_octet;
x3::rule<struct escape_tag> const escape = "a byte after the backslash, and two hexadecimal digits after \\x";
auto const escape_def =
    simple_escape[literal] | ('x' >> hex_octet[literal]) | (x3::char_ - x3::char_("x\n"))[keep_escape];

BOOST_SPIRIT_DEFINE(spelt, variable_name, heredoc_name, closing_brace, closing_double, closing_single,
                    line_end, escape)

auto const newline = -x3::lit('\r') >> '\n';
auto const blank = x3::char_(" \t") | ('\\' >> newline);
auto const use_variable = "${" > variable_name > closing_brace;
auto const double_quoted_octet = use_variable | ('\\' > escape) | (x3::char_ - x3::char_("\"\n"))[literal];
auto const double_quoted = x3::lit('"')[quote] > *double_quoted_octet > closing_double;
auto const single_quoted = x3::lit('\'')[quote] > *(x3::char_ - x3::char_("'\n"))[literal] > closing_single;
auto const bare = (x3::char_ - x3::char_(" \t\n\"'#,") - ('\\' >> newline) - newline)[literal];

auto const word = x3::eps[start<token_kind::bare>] >> +(use_variable | double_quoted | single_quoted | bare);
auto const comma = x3::eps[start<token_kind::comma>] >> ',';
auto const arrow = x3::eps[start<token_kind::arrow>] >> "->";
auto const heredoc = x3::eps[start<token_kind::heredoc>] >> "<<" >> -x3::lit('-')[keep_lf] >>
                     (x3::eps > heredoc_name);

// The first byte decides, because a token that was begun cannot be taken back.
auto const token_of_line = (&x3::lit(',') >> comma) | (&x3::lit("->") >> arrow) |
                           (&x3::lit("<<") >> heredoc) | (!(x3::lit('#') | newline | x3::eoi) >> word);
auto const comment = '#' >> *(x3::char_ - '\n');
auto const line = *blank >> *(token_of_line >> *blank) >> -comment >> (x3::eps > line_end);

class reader {
public:
    reader(source const& file, heredocs allowed, mistakes& wrong, std::size_t base)
        : begin_(file.content().data()),
          at_(begin_),
          end_(begin_ + file.content().size()),
          allowed_(allowed),
          wrong_(wrong),
          base_(base) {}

    std::vector<statement> all() {
        std::vector<statement> statements;
        while (at_ != end_ && !wrong_.full()) {
            try {
                auto one = next();
                if (!one.tokens.empty()) statements.push_back(std::move(one));
            } catch (mistake& found) {
                wrong_.add(std::move(found));
            }
        }
        return statements;
    }

private:
    statement next() {
        builder found(begin_, base_);
        auto const start_of_line = at_;
        try {
            x3::parse(at_, end_, x3::with<builder>(found)[line]);
        } catch (x3::expectation_failure<iterator> const& failure) {
            at_ = after_line(failure.where());
            throw mistake(offset(failure.where()), "this cannot be read", "expected " + failure.which());
        }
        found.line.end = offset(end_of_text(start_of_line));
        for (auto const& one : found.announced) take_heredoc(found.line.tokens[one.token], one);
        return std::move(found.line);
    }

    void take_heredoc(token& into, announcement const& what) {
        if (allowed_ == heredocs::refused) {
            throw mistake(into.offset, "a here-document has no meaning in this file", "expected a word");
        }
        std::string text;
        while (at_ != end_) {
            auto const from = at_;
            at_ = after_line(at_);
            auto octets = std::string_view(from, static_cast<std::size_t>(at_ - from));
            while (octets.ends_with('\n') || octets.ends_with('\r')) octets.remove_suffix(1);
            if (octets == what.tag) {
                into.pieces.emplace_back(std::move(text));
                return;
            }
            into.lines.push_back(offset(from));
            text.append(octets).append(what.keeps_lf ? "\n" : "\r\n");
        }
        throw mistake(into.offset, "this here-document does not end",
                      "expected a line that contains only " + what.tag);
    }

    iterator after_line(iterator from) const {
        while (from != end_ && *from != '\n') ++from;
        return from == end_ ? end_ : from + 1;
    }
    /// Returns the place of something that is missing: after the last byte of the line that was read.
    iterator end_of_text(iterator start_of_line) const {
        auto last = at_;
        if (last != start_of_line && last[-1] == '\n') --last;
        if (last != start_of_line && last[-1] == '\r') --last;
        return last;
    }
    std::size_t offset(iterator at) const { return base_ + static_cast<std::size_t>(at - begin_); }

    iterator begin_;
    iterator at_;
    iterator end_;
    heredocs allowed_;
    mistakes& wrong_;
    std::size_t base_;
};

}  // namespace

std::vector<statement> read_statements(source const& file, heredocs allowed, mistakes& wrong,
                                       std::size_t base) {
    return reader(file, allowed, wrong, base).all();
}

}  // namespace testmta::text
