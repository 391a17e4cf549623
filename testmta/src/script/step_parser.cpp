#include "script/step_parser.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "milterproto/core/limits.hpp"
#include "script/content.hpp"

namespace testmta::run {

namespace {

using core::command;
using text::cursor;
using text::mistake;
using text::not_yet;
using text::token_kind;

enum class forcing { no, yes };

/// A string that the protocol ends with NUL cannot contain a NUL, unless the script says "force" (TM-016).
std::string parse_string(cursor& line, std::string_view expected, forcing forced) {
    auto const at = line.offset();
    auto text = line.word(expected);
    if (forced == forcing::no && text.find('\0') != std::string::npos) {
        throw mistake(at, "a NUL would end this string early",
                      "expected text without NUL, or \"force\" before the step");
    }
    return text;
}

action parse_open(cursor&, forcing) {
    return open{};
}
action parse_close(cursor&, forcing) {
    return close_connection{};
}

action parse_negotiate(cursor& line, forcing) {
    auto const offered = parse_options(line);
    return offer{offered.version, offered.actions, offered.steps};
}

constexpr text::keyword<command> stages[] = {
    {"connect", command::connect},    {"helo", command::helo}, {"mail", command::mail},
    {"rcpt", command::rcpt},          {"data", command::data}, {"header", command::header},
    {"eoh", command::end_of_headers}, {"body", command::body}, {"eom", command::end_of_message},
    {"unknown", command::unknown},
};

action parse_macro(cursor& line, forcing forced) {
    macros found{line.one_of(stages, "a stage"), {}};
    do {
        auto const at = line.offset();
        auto const pair = parse_string(line, "NAME=VALUE", forced);
        auto const equals = pair.find('=');
        if (equals == std::string::npos || equals == 0) {
            throw mistake(at, "\"" + pair + "\" is not a macro", "expected NAME=VALUE");
        }
        found.values.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
    } while (line.at_word());
    return found;
}

void read_address(cursor& line, connect& into) {
    constexpr std::string_view expected = "an IP address, unix:PATH or unknown";
    constexpr std::string_view unix_prefix = "unix:";
    auto const at = line.offset();
    into.address = line.word(expected);
    if (into.address == "unknown") {
        into.family = core::family::unknown;
        return;
    }
    if (into.address.starts_with(unix_prefix)) {
        into.family = core::family::unix_socket;
        into.address.erase(0, unix_prefix.size());
        return;
    }
    boost::system::error_code bad;
    auto const address = boost::asio::ip::make_address(into.address, bad);
    if (bad)
        throw mistake(at, "\"" + into.address + "\" is not an address", "expected " + std::string(expected));
    into.family = address.is_v4() ? core::family::ipv4 : core::family::ipv6;
}

action parse_connect(cursor& line, forcing forced) {
    constexpr std::uint16_t some_port = 40000;
    connect found{parse_string(line, "the client's name", forced), core::family::unknown, some_port, {}};
    read_address(line, found);
    if (line.take("port")) found.port = static_cast<std::uint16_t>(line.number("a port", 0, 65535));
    if (found.family == core::family::unix_socket) found.port = 0;  // as both MTAs send it
    return found;
}

template <command What>
action parse_one_word(cursor& line, forcing forced) {
    return words{What, {parse_string(line, "a word", forced)}};
}

/// MTAs send a path in angle brackets, and filters rely on them.
std::string parse_bracketed(cursor& line, forcing forced) {
    auto const at = line.offset();
    auto path = parse_string(line, "an address", forced);
    bool const opens = path.starts_with('<');
    bool const closes = path.ends_with('>');
    if (forced == forcing::no && !(opens && closes)) {
        throw mistake(at, "the path \"" + path + "\" is not in angle brackets",
                      "expected \"" + std::string(opens ? "" : "<") + path + (closes ? "" : ">") +
                          "\", or \"force\" before the step");
    }
    return path;
}

/// Parses the path and the parameters of MAIL or RCPT.
template <command What>
action parse_path(cursor& line, forcing forced) {
    words found{What, {parse_bracketed(line, forced)}};
    while (line.at_word()) found.strings.push_back(parse_string(line, "a parameter", forced));
    return found;
}

/// Makes the field as most programs write it, with one blank after the colon.
action parse_header(cursor& line, forcing forced) {
    auto const at = line.offset();
    auto name = parse_string(line, "the name of a field", forced);
    if (forced == forcing::no && !is_field_name(name)) {
        throw mistake(at, "\"" + name + "\" is not the name of a field",
                      "expected the name alone, printable ASCII without blanks and colons, or \"force\" "
                      "before the step");
    }
    return words{command::header, {std::move(name), ' ' + parse_string(line, "its value", forced)}};
}

template <command What>
action parse_plain(cursor&, forcing) {
    return plain{What, {}};
}

/// Real MTAs never send content here, but libmilter accepts it (TM-043).
action parse_eom(cursor& line, forcing forced) {
    if (forced == forcing::no || !line.at_word()) return plain{command::end_of_message, {}};
    return plain{command::end_of_message, line.word("content")};
}

std::string parse_body_octets(cursor& line) {
    if (line.peek() == "file")
        throw mistake(line.offset(), "\"file\" is not supported yet", "expected a text or \"fill\"");
    if (line.at(token_kind::heredoc)) return line.heredoc("a here-document").text;
    if (!line.take("fill")) return line.word("a text, a here-document or \"fill\"");
    auto const size = line.size();
    auto const seed = line.take("seed") ? line.number("a number") : 0;
    return fill(size, seed);
}

action parse_body(cursor& line, forcing) {
    body found{parse_body_octets(line), milterproto::limits::payload};
    if (line.take("chunk")) {
        auto const at = line.offset();
        found.chunk = line.size();
        if (found.chunk == 0) throw mistake(at, "an empty chunk cannot be sent");
    }
    return found;
}

action parse_bytes(cursor& line, forcing) {
    return octets{line.hex()};
}

/// Parses quoted text, or pairs of hexadecimal digits.
std::string parse_payload(cursor& line) {
    if (!line.at_word()) return {};
    return line.at(token_kind::quoted) ? line.word("a payload") : line.hex();
}

action parse_frame(cursor& line, forcing) {
    auto const at = line.offset();
    auto const letter = line.word("the letter of a command");
    if (letter.size() != 1)
        throw mistake(at, "\"" + letter + "\" is not one letter", "expected the letter of a command");
    std::optional<std::uint32_t> length;
    if (line.take("length")) length = line.number("a length");
    return octets{raw_frame(letter.front(), parse_payload(line), length)};
}

action parse_write(cursor& line, forcing) {
    if (line.take("whole")) return split_writes{0, {}};
    line.expect("split");
    if (line.peek() == "at") throw mistake(line.offset(), "\"at\" is not supported yet", "possible: each");
    line.expect("each");
    auto const each = line.number("a number of bytes from 1", 1);
    return split_writes{each, line.take("gap") ? line.duration() : duration{}};
}

action parse_drop(cursor& line, forcing) {
    if (!line.take("after")) return close_connection{};
    return drop_after{line.number("a number of bytes")};
}

action parse_delay(cursor& line, forcing) {
    return pause{line.duration()};
}

constexpr text::keyword<action (*)(cursor&, forcing)> verbs[] = {
    {"open", parse_open},
    {"negotiate", parse_negotiate},
    {"macro", parse_macro},
    {"connect", parse_connect},
    {"helo", parse_one_word<command::helo>},
    {"mail", parse_path<command::mail>},
    {"rcpt", parse_path<command::rcpt>},
    {"data", parse_plain<command::data>},
    {"header", parse_header},
    {"eoh", parse_plain<command::end_of_headers>},
    {"body", parse_body},
    {"eom", parse_eom},
    {"abort", parse_plain<command::abort>},
    {"unknown", parse_one_word<command::unknown>},
    {"quit", parse_plain<command::quit>},
    {"close", parse_close},
    {"bytes", parse_bytes},
    {"frame", parse_frame},
    {"write", parse_write},
    {"drop", parse_drop},
    {"delay", parse_delay},
    {"quit-nc", not_yet},
    {"reset", not_yet},
    {"use", not_yet},
    {"call", not_yet},
    {"sync", not_yet},
    {"half-close", not_yet},
    {"pause-reading", not_yet},
    {"fuzz", not_yet},
    {"capture", not_yet},
};

/// The first words of lines that make several steps, or a step that sends nothing.
constexpr std::string_view other_words[] = {"force", "headers", "message", "expect"};

/// Returns what is expected as the answer to the event if the script does not say.
std::vector<expectation> implied_for(std::optional<command> event, implied wanted) {
    if (!event || *event == command::abort) return {};
    if (*event == command::negotiate) return {negotiated{}};
    if (*event == command::quit) return {closed{}};
    switch (wanted) {
        case implied::none: return {};
        case implied::any: return {any_answer{}};
        case implied::proceed: break;
    }
    return {answer_is{core::answer::proceed}};
}

step make_step(action what, std::size_t offset, settings const& in_force) {
    step made;
    made.offset = offset;
    auto const event = event_of(what);
    made.limit = event ? in_force.limit(*event) : in_force.default_limit;
    made.expectations = implied_for(event, in_force.expected);
    made.action = std::move(what);
    return made;
}

text::here_document parse_here_document(cursor& line) {
    if (line.peek() == "file")
        throw mistake(line.offset(), "\"file\" is not supported yet", "expected a here-document");
    auto document = line.heredoc("a here-document");
    line.expect_end();
    return document;
}

message_content parse_message(cursor& line) {
    return split_content(parse_here_document(line).text);
}

/// Parses fields alone: a line that an MTA would take for the body is a mistake here.
message_content parse_fields(cursor& line) {
    auto const document = parse_here_document(line);
    auto found = split_content(document.text);
    if (found.body.empty()) return found;
    auto const at = document.lines[found.header_lines];
    if (found.header_end == message_content::end::empty_line)
        throw mistake(at, "an empty line would end the header",
                      "expected fields alone, or \"message\" for a body");
    throw mistake(at, "this line is not a field",
                  "expected NAME: VALUE, or after a field a line that begins with a blank");
}

// Several events in one statement. Each has the implied expectation.

std::vector<step> header_steps(message_content const& content, std::size_t at, settings const& in_force) {
    std::vector<step> steps;
    steps.reserve(content.fields.size());
    for (auto const& [name, value] : content.fields) {
        steps.push_back(make_step(words{command::header, {name, value}}, at, in_force));
    }
    return steps;
}

std::vector<step> message_steps(message_content const& content, std::size_t at, settings const& in_force) {
    auto steps = header_steps(content, at, in_force);
    steps.push_back(make_step(plain{command::end_of_headers, {}}, at, in_force));
    if (!content.body.empty()) {
        steps.push_back(make_step(body{content.body, milterproto::limits::payload}, at, in_force));
    }
    return steps;
}

}  // namespace

std::vector<std::string_view> step_words() {
    text::keyword_names<action (*)(cursor&, forcing)> const names(verbs);
    auto all = names.supported;
    all.insert(all.end(), std::begin(other_words), std::end(other_words));
    return all;
}

bool begins_step(cursor const& line) {
    auto const first = line.peek();
    return std::ranges::find(other_words, first) != std::end(other_words) ||
           std::ranges::any_of(verbs, [&](auto const& one) { return one.name == first; });
}

std::vector<step> parse_step(cursor& line, settings const& in_force) {
    auto const at = line.offset();
    if (line.take("headers")) return header_steps(parse_fields(line), at, in_force);
    if (line.take("message")) return message_steps(parse_message(line), at, in_force);
    if (line.take("expect")) {
        auto check = make_step(only_expect{}, at, in_force);
        check.expectations = parse_expectations(line);
        check.explicit_expectations = true;
        line.expect_end();
        return {check};
    }
    auto const forced = line.take("force") ? forcing::yes : forcing::no;
    auto const parse = line.one_of(verbs, "a step");
    auto found = make_step(parse(line, forced), at, in_force);
    found.forced = forced == forcing::yes;
    if (line.take(token_kind::arrow)) {
        found.expectations = parse_expectations(line);
        found.explicit_expectations = true;
    }
    line.expect_end();
    return {std::move(found)};
}

}  // namespace testmta::run
