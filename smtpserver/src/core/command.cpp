#include "smtpserver/core/command.hpp"

#include <boost/fusion/include/adapt_struct.hpp>
#include <boost/spirit/home/x3.hpp>

#include "core/octets.hpp"
#include "smtpserver/core/limits.hpp"

BOOST_FUSION_ADAPT_STRUCT(smtpserver::parameter, keyword, value)

namespace smtpserver {

namespace {

namespace command_grammar {

namespace x3 = boost::spirit::x3;
using core::octet;
using x3::char_;

struct verb_words : x3::symbols<verb> {
    verb_words() {
        add("ehlo", verb::ehlo)("helo", verb::helo)("lhlo", verb::lhlo)("mail", verb::mail)("rcpt",
                                                                                            verb::rcpt);
        add("data", verb::data)("bdat", verb::bdat)("rset", verb::rset)("noop", verb::noop)("quit",
                                                                                            verb::quit);
        add("vrfy", verb::vrfy)("expn", verb::expn)("help", verb::help)("starttls", verb::starttls);
        add("auth", verb::auth)("xclient", verb::xclient);
        add("get", verb::http)("post", verb::http)("put", verb::http)("head", verb::http);
        add("connect", verb::http)("options", verb::http)("delete", verb::http);
    }
} const any_verb;

auto const blank = char_(" \t");
auto const blanks = x3::omit[+blank];
auto const optional_blanks = x3::omit[*blank];

/// A longer word is not a verb, so the verb must end at a blank or at the end of the line.
x3::rule<class smtpserver_verb_tag, verb> const verb_word = "verb";
auto const verb_word_def = x3::no_case[any_verb] >> (&blank | x3::eoi);

/// A path may contain blanks and `>` only in a quoted local part.
auto const quoted = char_('"') >> *((char_('\\') >> char_) | (char_ - '"')) >> char_('"');
auto const path_octets = quoted | (char_ - char_("<> \t\""));
x3::rule<class smtpserver_bracketed_tag, std::string> const bracketed = "path in brackets";
auto const bracketed_def = '<' >> x3::raw[*path_octets] >> '>';
/// Without brackets the null path cannot be written.
x3::rule<class smtpserver_bare_path_tag, std::string> const bare_path = "path without brackets";
auto const bare_path_def = x3::raw[+path_octets];

/// RFC 5321 4.1.2, with the values of RFC 6531 3.3.
x3::rule<class smtpserver_keyword_tag, std::string> const keyword = "keyword";
auto const keyword_def = x3::raw[char_("A-Za-z0-9") >> *char_("A-Za-z0-9-")];
x3::rule<class smtpserver_value_tag, std::string> const value = "value";
auto const value_def = x3::raw[+(char_("!-<") | char_(">-~") | char_(octet(0x80), octet(0xff)))];
x3::rule<class smtpserver_parameter_tag, smtpserver::parameter> const one_parameter = "parameter";
auto const one_parameter_def = keyword >> -('=' >> value);
x3::rule<class smtpserver_parameters_tag, std::vector<smtpserver::parameter>> const parameters = "parameters";
auto const parameters_def = *(blanks >> one_parameter) >> optional_blanks >> x3::eoi;

BOOST_SPIRIT_DEFINE(verb_word, bracketed, bare_path, keyword, value, one_parameter, parameters)

}  // namespace command_grammar

namespace x3 = boost::spirit::x3;

enum class takes : std::uint8_t { nothing, something, anything, from_path, to_path };

takes taken_by(verb what) {
    switch (what) {
        case verb::data:
        case verb::rset:
        case verb::quit:
        case verb::starttls: return takes::nothing;
        case verb::mail: return takes::from_path;
        case verb::rcpt: return takes::to_path;
        case verb::noop:
        case verb::help:
        case verb::http:
        case verb::unknown:
        case verb::end_of_data: return takes::anything;
        default: return takes::something;
    }
}

bool takes_path(std::string_view::iterator& from, std::string_view::iterator end, std::string_view prefix,
                path_syntax syntax, std::string& into) {
    using namespace command_grammar;
    if (!x3::parse(from, end, x3::no_case[x3::lit(std::string(prefix))])) return false;
    if (syntax == path_syntax::strict) return x3::parse(from, end, bracketed, into);
    return x3::parse(from, end, optional_blanks >> (bracketed | bare_path), into);
}

argument_fault read_path(std::string_view text, std::string_view prefix, path_syntax syntax, command& into) {
    auto from = text.begin();
    if (!takes_path(from, text.end(), prefix, syntax, into.argument)) return argument_fault::no_path;
    bool const is_good = x3::parse(from, text.end(), command_grammar::parameters, into.parameters);
    bool const is_short = into.parameters.size() <= limits::parameters;
    return is_good && is_short ? argument_fault::none : argument_fault::parameter_syntax;
}

argument_fault read_argument(std::string_view text, path_syntax syntax, command& into) {
    auto const wanted = taken_by(into.verb);
    if (wanted == takes::from_path) return read_path(text, "FROM:", syntax, into);
    if (wanted == takes::to_path) return read_path(text, "TO:", syntax, into);
    into.argument = text;
    if (wanted == takes::nothing && !text.empty()) return argument_fault::unexpected;
    if (wanted == takes::something && text.empty()) return argument_fault::missing;
    return argument_fault::none;
}

line_fault fault_in(std::string_view line) {
    if (line.find('\0') != line.npos) return line_fault::nul;
    return line.find('\r') != line.npos ? line_fault::bare_cr : line_fault::none;
}

}  // namespace

command parse_command(std::string_view line, path_syntax syntax) {
    auto from = line.begin();
    auto what = verb::unknown;
    bool const is_known = x3::parse(from, line.end(), command_grammar::verb_word, what);
    command found(is_known ? what : verb::unknown, line);
    found.line_fault = fault_in(line);
    auto const rest = is_known ? std::string_view(from, line.end()) : std::string_view();
    found.argument_fault = read_argument(core::trimmed(rest), syntax, found);
    return found;
}

}  // namespace smtpserver
