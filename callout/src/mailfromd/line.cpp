#include "callout/mailfromd/line.hpp"

#include <algorithm>
#include <boost/spirit/home/x3.hpp>

namespace callout::core {
namespace {

namespace grammar {

namespace x3 = boost::spirit::x3;
using x3::char_;
using x3::lit;

struct control_table : x3::symbols<char> {
    control_table() { add("n", '\n')("r", '\r')("t", '\t')("a", '\a')("b", '\b')("f", '\f')("v", '\v'); }
} const controls;

auto const blanks = x3::omit[*char_(" \t")];

auto const add = [](auto& context) { x3::_val(context) += x3::_attr(context); };
auto const add_run = [](auto& context) {
    auto const run = x3::_attr(context);
    x3::_val(context).append(run.begin(), run.end());
};

x3::rule<class double_quoted_tag, std::string> const double_quoted = "text in double quotes";
auto const escape = lit('\\') >> (controls[add] | char_[add]);
auto const double_quoted_def = lit('"') >> *(escape | x3::raw[+~char_("\"\\")][add_run]) >> lit('"');

x3::rule<class single_quoted_tag, std::string> const single_quoted = "text in single quotes";
auto const single_quoted_def = lit('\'') >> x3::raw[*~char_('\'')][add_run] >> lit('\'');

x3::rule<class word_tag, std::string> const word = "word";
auto const word_def = +(double_quoted[add] | single_quoted[add] | (lit('\\') >> char_)[add] |
                        x3::raw[+~char_(" \t\"'\\")][add_run]);

BOOST_SPIRIT_DEFINE(double_quoted, single_quoted, word)

}  // namespace grammar

}  // namespace

std::optional<std::vector<std::string>> split_words(std::string_view line) {
    std::vector<std::string> all;
    auto at = line.begin();
    namespace x3 = boost::spirit::x3;
    auto const parsed =
        x3::parse(at, line.end(), grammar::blanks >> *(grammar::word >> grammar::blanks), all);
    if (!parsed || at != line.end()) return std::nullopt;
    return all;
}

std::string in_quotes(std::string_view text) {
    std::string quoted = "\"";
    for (char const c : text) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

std::optional<assignment> split_assignment(std::string_view word) {
    auto const equals = word.find('=');
    if (equals == word.npos) return std::nullopt;
    return assignment{word.substr(0, equals), word.substr(equals + 1)};
}

bool has_control_character(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; });
}

}  // namespace callout::core
