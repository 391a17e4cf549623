#include "run/judge.hpp"

#include <algorithm>

#include "milterproto/core/limits.hpp"
#include "milterproto/core/wire/reply_table.hpp"
#include "run/decode.hpp"
#include "text/overloaded.hpp"
#include "text/printable.hpp"
#include "text/values.hpp"

namespace testmta::run {

namespace {

using core::answer;

class reply_line {
public:
    int code = 0;
    char separator = ' ';
    std::string enhanced;
    std::string text;
};

/// `550 5.1.1 text`, `550-text`, `550`.
std::optional<reply_line> read_line(std::string_view line) {
    auto const code = text::parse_reply_code(line.substr(0, 3));
    if (!code || *code < 400) return std::nullopt;
    reply_line found;
    found.code = *code;
    line.remove_prefix(3);
    if (line.empty()) return found;
    found.separator = line.front();
    if (found.separator != ' ' && found.separator != '-') return std::nullopt;
    line.remove_prefix(1);
    auto const word = line.substr(0, line.find(' '));
    if (text::is_enhanced_code(word)) {
        found.enhanced = word;
        line.remove_prefix(std::min(word.size() + 1, line.size()));
    }
    found.text = line;
    return found;
}

/// Returns the reply text as the MTA passes it on to its client: some MTAs turn `%%` into `%`.
std::string as_client_sees(std::string text, percent_form percents) {
    if (percents == percent_form::kept) return text;
    for (auto at = text.find("%%"); at != std::string::npos; at = text.find("%%", at + 1)) text.erase(at, 1);
    return text;
}

std::optional<std::string> find_fault(reply_line const& line, std::string_view octets,
                                      smtp_text const& so_far) {
    if (octets.find_first_of("\r\n") != std::string_view::npos) return "a bare CR or LF";
    if (octets.size() > milterproto::limits::reply_line) return "a line over 980 bytes";
    if (!line.enhanced.empty() && line.enhanced.front() != '0' + line.code / 100)
        return "a reply code and an enhanced code of different classes";
    if (so_far.code != 0 && so_far.code != line.code) return "lines with different codes";
    return std::nullopt;
}

bool fits(reply_is const& wanted, smtp_text const& came) {
    if (wanted.code != came.code) return false;
    if (!wanted.enhanced.empty() && wanted.enhanced != came.enhanced) return false;
    if (wanted.text && *wanted.text != came.text) return false;
    return !wanted.pattern || wanted.pattern->is_found_in(came.text);
}

std::optional<std::string> reply_mismatch(reply_is const& wanted, core::frame const& came,
                                          dialect const& as) {
    std::string problem;
    auto const reply = came.letter == static_cast<char>(answer::reply_code)
                           ? read_reply(came.payload, as.percent, problem)
                           : std::nullopt;
    if (!problem.empty()) return describe(came) + " with " + problem;
    if (!reply || !fits(wanted, *reply)) return describe(came);
    return std::nullopt;
}

}  // namespace

std::optional<smtp_text> read_reply(std::string_view payload, percent_form percents, std::string& problem) {
    auto const fail = [&](std::string_view why) {
        problem = why;
        return std::nullopt;
    };
    if (!payload.ends_with('\0')) return fail("no NUL at the end");
    payload.remove_suffix(1);
    smtp_text found;
    for (bool more = true; more;) {
        auto const end = payload.find("\r\n");
        auto const octets = payload.substr(0, end);
        auto const line = read_line(octets);
        if (!line) return fail("a line that is not a 4xx or 5xx reply");
        if (auto const fault = find_fault(*line, octets, found)) return fail(*fault);
        found.text.append(found.code == 0 ? "" : "\n").append(as_client_sees(line->text, percents));
        found.code = line->code;
        found.enhanced = line->enhanced;
        more = end != std::string_view::npos;
        if (more != (line->separator == '-')) return fail("a \"-\" that does not match its number of lines");
        if (more) payload.remove_prefix(end + 2);
    }
    return found;
}

frame_kind kind_of(char letter) {
    auto const* traits = core::find_reply(letter);
    if (traits == nullptr) return frame_kind::unknown;
    switch (traits->kind) {
        case core::reply_kind::verdict: return frame_kind::answer;
        case core::reply_kind::progress: return frame_kind::progress;
        case core::reply_kind::modification: return frame_kind::modification;
        case core::reply_kind::agreement: break;
    }
    return frame_kind::unknown;
}

std::optional<std::string> protocol_breach(core::frame const& came, core::command to,
                                           core::option_set const& agreed) {
    auto const got = static_cast<answer>(came.letter);
    auto const kind = kind_of(came.letter);
    if (kind == frame_kind::unknown) return "an answer that the protocol knows";
    auto const at_end = to == core::command::end_of_message;
    if (kind == frame_kind::modification) {
        if (!at_end) return "modifications only at end of message";
        auto const agreed_to = core::find_reply(came.letter)->permitted_by & agreed.actions;
        if (agreed_to == 0) return "only modifications that were negotiated";
    }
    auto const may_skip = to == core::command::body && (agreed.steps & core::step::skip) != 0;
    if (got == answer::skip && !may_skip)
        return "\"skip\" only as an answer to a body, and only if it was negotiated";
    auto const before_message = to == core::command::connect || to == core::command::helo;
    if (got == answer::discard && before_message) return "no \"discard\" before a message";
    return std::nullopt;
}

std::optional<std::string> mismatch(expectation const& wanted, core::frame const& came, dialect const& as) {
    return std::visit(overloaded{
                          [&](answer_is const& one) -> std::optional<std::string> {
                              if (came.letter == static_cast<char>(one.what)) return std::nullopt;
                              return describe(came);
                          },
                          [&](reply_is const& one) { return reply_mismatch(one, came, as); },
                          [](any_answer const&) -> std::optional<std::string> { return std::nullopt; },
                          [&](auto const&) -> std::optional<std::string> { return describe(came); },
                      },
                      wanted);
}

std::string describe(core::frame const& came) {
    if (auto const word = script_word(static_cast<answer>(came.letter)); !word.empty())
        return std::string(word);
    return describe_frame(sender::filter, came.letter, came.payload);
}

}  // namespace testmta::run
