#include "testmta/smtp/command.hpp"

#include <boost/spirit/home/x3.hpp>

namespace testmta::smtp {

namespace {

namespace x3 = boost::spirit::x3;

struct verbs : x3::symbols<verb> {
    verbs() {
        add("ehlo", verb::ehlo)("helo", verb::helo)("mail", verb::mail)("rcpt", verb::rcpt)("data",
                                                                                            verb::data);
        add("rset", verb::rset)("noop", verb::noop)("quit", verb::quit)("vrfy", verb::vrfy)("expn",
                                                                                            verb::expn);
        add("help", verb::help)("starttls", verb::starttls)("auth", verb::auth)("bdat", verb::bdat);
    }
} const any_verb;

auto const blanks = x3::omit[+x3::char_(" \t")];
auto const trailing = x3::omit[*x3::char_(" \t")] >> x3::eoi;

/// `verb [argument]`. A longer word is not a verb, so the verb must end at a blank or at the end of the line.
x3::rule<struct verb_tag, verb> const verb_word = "verb";
auto const verb_word_def = x3::no_case[any_verb] >> (&x3::char_(" \t") | x3::eoi);

/// A path may contain blanks and `>` only in a quoted local part.
auto const quoted = x3::char_('"') >> *((x3::char_('\\') >> x3::char_) | (x3::char_ - '"')) >> x3::char_('"');
x3::rule<struct path_tag, std::string> const path = "path";
auto const path_def = '<' >> x3::raw[*(quoted | (x3::char_ - x3::char_("<> \t\"")))] >> '>';
x3::rule<struct parameters_tag, std::vector<std::string>> const parameters = "parameters";
auto const parameters_def = *(blanks >> +x3::char_("!-~"));

BOOST_SPIRIT_DEFINE(verb_word, path, parameters)

enum class argument { none, required, optional, from_path, to_path };

argument wanted_by(verb what) {
    switch (what) {
        case verb::data:
        case verb::rset:
        case verb::quit:
        case verb::starttls: return argument::none;
        case verb::mail: return argument::from_path;
        case verb::rcpt: return argument::to_path;
        case verb::noop:
        case verb::help: return argument::optional;
        default: return argument::required;
    }
}

bool parse_path(std::string_view text, std::string_view prefix, command& into) {
    auto from = text.begin();
    return x3::parse(from, text.end(), x3::no_case[x3::lit(std::string(prefix))] >> path, into.argument) &&
           x3::parse(from, text.end(), parameters >> trailing, into.parameters);
}

form read_argument(std::string_view text, command& into) {
    auto const kind = wanted_by(into.verb);
    auto const good = [&] {
        switch (kind) {
            case argument::none: return text.empty();
            case argument::required: return !text.empty();
            case argument::optional: return true;
            case argument::from_path: return parse_path(text, "FROM:", into);
            case argument::to_path: return parse_path(text, "TO:", into);
        }
        return false;
    }();
    if (kind != argument::from_path && kind != argument::to_path) into.argument = text;
    return good ? form::good : form::bad_argument;
}

std::string_view trim(std::string_view text) {
    auto const first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

command parse_command(std::string_view line) {
    auto from = line.begin();
    auto what = verb::unknown;
    if (!x3::parse(from, line.end(), verb_word, what)) return command(verb::unknown, line);
    command found(what, line);
    found.form = read_argument(trim(std::string_view(from, line.end())), found);
    return found;
}

}  // namespace testmta::smtp
