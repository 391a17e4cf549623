#include "callout/mailfromd/client.hpp"

#include <algorithm>
#include <boost/fusion/include/adapt_struct.hpp>
#include <boost/spirit/home/x3.hpp>
#include <vector>

#include "callout/mailfromd/line.hpp"
#include "callout/reply.hpp"

namespace callout::core {
namespace {

struct progress_line {
    std::string id;
    std::string stage;
    std::string text;
};
struct result_entry {
    std::string id;
    std::string word;
};

}  // namespace
}  // namespace callout::core

BOOST_FUSION_ADAPT_STRUCT(callout::core::progress_line, id, stage, text)
BOOST_FUSION_ADAPT_STRUCT(callout::core::result_entry, id, word)

namespace callout::core {
namespace {

namespace grammar {

namespace x3 = boost::spirit::x3;
using x3::char_;
using x3::lit;

/// A number of any length, identified by what follows its leading zeros.
x3::rule<class id_tag, std::string> const id = "id";
auto const id_def = x3::omit[*(lit('0') >> &x3::digit)] >> +x3::digit;

x3::rule<class progress_tag, progress_line> const progress = "progress line";
auto const progress_def = lit("* ") >> id >> ' ' >> +x3::upper >> ' ' >> *char_;

x3::rule<class entry_tag, result_entry> const entry = "id=status";
auto const entry_def = id >> '=' >> *~char_(" \t");

x3::rule<class results_tag, std::vector<result_entry>> const results = "results of a run";
auto const results_def = lit("OK") >> *(+lit(' ') >> entry) >> *lit(' ');

BOOST_SPIRIT_DEFINE(id, progress, entry, results)

}  // namespace grammar

template <class Rule, class Attribute>
bool parse_all(std::string_view line, Rule const& rule, Attribute& into) {
    auto at = line.begin();
    return boost::spirit::x3::parse(at, line.end(), rule, into) && at == line.end();
}

constexpr std::size_t longest_quoted_line = 256;

bool is_ok(std::string_view line) {
    return line == "OK" || line.starts_with("OK ");
}

/// Returns the line as Mailfromd writes it, without quotes, where that is possible.
std::string word_line(std::string_view command, std::string_view text) {
    bool const is_plain = !text.empty() && text.find_first_of(" \t\"'\\") == text.npos;
    return std::string(command) + ' ' + (is_plain ? std::string(text) : in_quotes(text));
}

std::string set_line(std::string_view name, std::string_view value) {
    return "SET " + std::string(name) + '=' + in_quotes(value);
}

}  // namespace

std::optional<std::string> word_of_id(std::string_view line, std::string_view id) {
    std::vector<result_entry> all;
    if (!parse_all(line, grammar::results, all)) return std::nullopt;
    if (id.empty() && all.size() == 1) return all.front().word;
    auto const found = std::ranges::find(all, id, &result_entry::id);
    if (found == all.end()) return std::nullopt;
    return found->word;
}

void callout_client::open() {
    say(step::greeting, {});
    say(step::ok, word_line("SID", session_.sid));
    set();
}

void callout_client::set() {
    say(step::ok, set_line("TRANSCRIPT", session_.transcript ? "ON" : "OFF"));
    say(step::ok, set_line("STARTTLS", to_string(session_.starttls)));
    if (!session_.ehlo_domain.empty()) say(step::ok, set_line("EHLO", session_.ehlo_domain));
    if (!session_.mailfrom_address.empty()) say(step::ok, set_line("MAILFROM", session_.mailfrom_address));
}

std::optional<callout_error> callout_client::objection(std::string_view email, std::string_view rest) {
    if (has_control_character(email))
        return callout_error(callout_fault::e_range, "control character in the address");
    if (has_control_character(rest))
        return callout_error(callout_fault::e_range, "control character in the parameters");
    return std::nullopt;
}

void callout_client::ask(std::string_view email, std::string_view rest) {
    answer_ = callout_answer();
    answer_.last_poll.sent.clear();
    answer_.last_poll.received.clear();
    answer_.cache_used = true;
    id_.clear();
    auto line = "VRFY " + in_quotes(email);
    if (!rest.empty()) (line += ' ') += rest;
    say(step::vrfy, std::move(line));
    say(step::run, "RUN");
}

void callout_client::quit() {
    say(step::quit, "QUIT");
}

/// Sends the first of several at once, and each other one when the one before it is answered.
void callout_client::say(step what, std::string line) {
    steps_.push_back({what, std::move(line)});
    if (steps_.size() == 1) next();
}

void callout_client::next() {
    progress_lines_ = 0;
    if (steps_.empty() || steps_.front().what == step::greeting) return;
    output_ += steps_.front().line;
    output_ += "\r\n";
}

std::string callout_client::take_output() {
    return std::exchange(output_, {});
}

void callout_client::feed(std::string_view bytes) {
    input_ += bytes;
    std::size_t begin = 0;
    while (busy()) {
        auto const end = input_.find('\n', begin);
        if (end == input_.npos) break;
        auto const line = std::string_view(input_).substr(begin, end - begin);
        begin = end + 1;
        take(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
    }
    input_.erase(0, begin);
    if (input_.size() > max_line) fail(callout_fault::e_callout_proto, "a line without an end");
}

void callout_client::end_of_input() {
    if (busy()) fail(callout_fault::e_eof, "the callout server closed the connection");
}

void callout_client::take(std::string_view line) {
    if (line.size() > max_line) return fail(callout_fault::e_callout_proto, line);
    if (line.starts_with('*')) {
        if (++progress_lines_ > max_progress_lines)
            return fail(callout_fault::e_callout_proto, "progress without an end");
        if (steps_.front().what == step::run) note_progress(line);
        return;
    }
    auto const what = steps_.front().what;
    if (what == step::run) conclude(line);
    if (what == step::vrfy) {
        auto at = line.begin();
        boost::spirit::x3::parse(at, line.end(), "OK " >> grammar::id, id_);
    }
    bool const must_be_ok = what != step::run && what != step::quit;
    if (must_be_ok && !is_ok(line)) fail(callout_fault::e_callout_proto, line);
    if (error_) return;
    steps_.pop_front();
    next();
}

/// Ignores an unknown stage and a malformed line.
void callout_client::note_progress(std::string_view line) {
    progress_line found;
    if (!parse_all(line, grammar::progress, found)) return;
    if (!id_.empty() && found.id != id_) return;
    answer_.cache_used = false;
    auto const row = std::ranges::find(poll_stages, found.stage, &poll_stage_row::word);
    if (row != poll_stages.end()) answer_.last_poll.*row->variable = printable(found.text);
}

void callout_client::conclude(std::string_view line) {
    bool const tells_nothing = line == "OK" || !is_ok(line);
    auto const word =
        tells_nothing ? std::string("not_found") : word_of_id(line, id_).value_or(std::string());
    auto const status = status_of_word(word);
    if (!status) return fail(callout_fault::e_callout_proto, line);
    answer_.status = *status;
    answer_.word = word;
}

void callout_client::fail(callout_fault what, std::string_view text) {
    error_ = callout_error(what, printable(text.substr(0, longest_quoted_line)));
    steps_.clear();
}

}  // namespace callout::core
