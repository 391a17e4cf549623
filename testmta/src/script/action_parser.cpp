#include "script/action_parser.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "script/content.hpp"
#include "script/expectation_parser.hpp"
#include "script/file_content.hpp"

namespace testmta::run {

namespace {

using core::command;
using text::cursor;
using text::mistake;
using text::token_kind;

/// A string that the protocol ends with NUL cannot contain a NUL, unless the script says "force" (TM-016).
std::string parse_string(cursor& line, std::string_view expected, manner const& how) {
    auto const at = line.offset();
    auto text = line.word(expected);
    if (!how.forced && text.find('\0') != std::string::npos) {
        throw mistake(at, "a NUL would end this string early",
                      "expected text without NUL, or \"force\" before the step");
    }
    return text;
}

action parse_open(cursor&, manner const& how) {
    return open{how.in_force.macros};
}
template <ending How>
action parse_ending(cursor&, manner const&) {
    return end_connection{How};
}

action parse_negotiate(cursor& line, manner const&) {
    auto const offered = parse_options(line);
    return offer{offered.version, offered.actions, offered.steps};
}

constexpr text::keyword<command> stages[] = {
    {"connect", command::connect},    {"helo", command::helo}, {"mail", command::mail},
    {"rcpt", command::rcpt},          {"data", command::data}, {"header", command::header},
    {"eoh", command::end_of_headers}, {"body", command::body}, {"eom", command::end_of_message},
    {"unknown", command::unknown},
};

action parse_macro(cursor& line, manner const& how) {
    macros found{line.one_of(stages, "a stage"), {}};
    do {
        auto const at = line.offset();
        auto const pair = parse_string(line, "NAME=VALUE", how);
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

action parse_connect(cursor& line, manner const& how) {
    constexpr std::uint16_t some_port = 40000, any_port = 0;
    auto const port = how.in_force.plays == role::filter ? any_port : some_port;
    connect found{parse_string(line, "the client's name", how), core::family::unknown, port, {}};
    read_address(line, found);
    if (line.take("port")) found.port = static_cast<std::uint16_t>(line.number("a port", 0, 65535));
    if (found.family == core::family::unix_socket) found.port = 0;  // as both MTAs send it
    return found;
}

template <command What>
action parse_one_word(cursor& line, manner const& how) {
    return words{What, {parse_string(line, "a word", how)}};
}

/// MTAs send a path in angle brackets, and filters rely on them.
std::string parse_bracketed(cursor& line, manner const& how) {
    auto const at = line.offset();
    auto path = parse_string(line, "an address", how);
    bool const opens = path.starts_with('<');
    bool const closes = path.ends_with('>');
    if (!how.forced && !(opens && closes)) {
        throw mistake(at, "the path \"" + path + "\" is not in angle brackets",
                      "expected \"" + std::string(opens ? "" : "<") + path + (closes ? "" : ">") +
                          "\", or \"force\" before the step");
    }
    return path;
}

/// Parses the path and the parameters of MAIL or RCPT.
template <command What>
action parse_path(cursor& line, manner const& how) {
    words found{What, {parse_bracketed(line, how)}};
    while (line.at_word()) found.strings.push_back(parse_string(line, "a parameter", how));
    return found;
}

/// Makes the field as most programs write it, with one blank after the colon.
action parse_header(cursor& line, manner const& how) {
    auto const at = line.offset();
    auto name = parse_string(line, "the name of a field", how);
    if (!how.forced && !is_field_name(name)) {
        throw mistake(at, "\"" + name + "\" is not the name of a field",
                      "expected the name alone, printable ASCII without blanks and colons, or \"force\" "
                      "before the step");
    }
    auto const has_any_value = how.in_force.plays == role::filter && !line.at_word();
    if (has_any_value) return words{command::header, {std::move(name)}};
    return words{command::header, {std::move(name), ' ' + parse_string(line, "its value", how)}};
}

template <command What>
action parse_plain(cursor&, manner const&) {
    return plain{What, {}};
}

/// Real MTAs never send content here, but libmilter accepts it (TM-043).
action parse_eom(cursor& line, manner const& how) {
    if (!how.forced || !line.at_word()) return plain{command::end_of_message, {}};
    return plain{command::end_of_message, line.word("content")};
}

/// Parses what follows `fill`: `SIZE [seed N]`.
std::string parse_fill(cursor& line) {
    auto const at = line.offset();
    auto const size = line.size();
    if (size > most_octets_sent) throw mistake(at, "this is too much", "expected at most 256M");
    auto const seed = line.take("seed") ? line.number("a number") : 0;
    return fill(size, seed);
}

std::string parse_body_octets(cursor& line, manner const& how) {
    if (line.take("file")) return parse_file(line, how.in_force.folder);
    if (line.at(token_kind::heredoc)) return line.heredoc("a here-document").text;
    if (line.take("fill")) return parse_fill(line);
    return line.word("a text, a here-document, \"file\" or \"fill\"");
}

action parse_body(cursor& line, manner const& how) {
    body found{parse_body_octets(line, how), 0};
    if (line.take("chunk")) {
        auto const at = line.offset();
        found.chunk = line.size();
        if (found.chunk == 0) throw mistake(at, "an empty chunk cannot be sent");
    }
    return found;
}

action parse_bytes(cursor& line, manner const&) {
    return octets{line.hex()};
}

/// Parses quoted texts, pairs of hexadecimal digits and `fill SIZE`, one after the other.
std::string parse_payload(cursor& line) {
    std::string found;
    while (line.at_word()) {
        if (found.size() > most_octets_sent) line.fail("at most 256M in all");
        if (line.at(token_kind::quoted)) {
            found += line.word("a payload");
        } else {
            found += line.take("fill") ? parse_fill(line) : line.hex_word();
        }
    }
    return found;
}

action parse_frame(cursor& line, manner const&) {
    auto const at = line.offset();
    auto const letter = line.word("the letter of a command");
    if (letter.size() != 1)
        throw mistake(at, "\"" + letter + "\" is not one letter", "expected the letter of a command");
    std::optional<std::uint32_t> length;
    if (line.take("length")) length = line.number("a length");
    return octets{raw_frame(letter.front(), parse_payload(line), length)};
}

/// Parses the places at which the next frames are cut: `at 1,2,40`.
std::vector<std::size_t> parse_places(cursor& line) {
    std::vector<std::size_t> places;
    do {
        auto const at = line.offset();
        places.push_back(line.number("a number of bytes from 1", 1));
        auto const count = places.size();
        if (count > 1 && places[count - 1] <= places[count - 2])
            throw mistake(at, "the places of the cuts must grow", "expected a greater number");
    } while (line.take(token_kind::comma));
    return places;
}

action parse_write(cursor& line, manner const&) {
    if (line.take("whole")) return split_writes{};
    line.expect("split");
    split_writes found;
    if (line.take("at")) {
        found.at = parse_places(line);
    } else {
        line.expect("each");
        found.each = line.number("a number of bytes from 1", 1);
    }
    if (line.take("gap")) found.gap = line.duration();
    return found;
}

action parse_drop(cursor& line, manner const&) {
    if (!line.take("after")) return end_connection{ending::closed};
    return drop_after{line.number("a number of bytes")};
}

action parse_pause_reading(cursor& line, manner const&) {
    return pause_reading{line.duration()};
}

action parse_sync(cursor& line, manner const&) {
    meet found{line.word("a label"), 0};
    if (line.at_word()) found.sessions = line.number("a number of sessions from 1", 1);
    return found;
}

constexpr text::keyword<capture::source> sources[] = {
    {"reply", capture::source::reply},
    {"header", capture::source::header},
    {"transcript", capture::source::transcript},
    {"body", capture::source::body},
};

action parse_capture(cursor& line, manner const&) {
    auto name = line.word("the name of a variable");
    auto const at = line.offset();
    auto pattern = parse_pattern(line);
    if (pattern.groups() == 0)
        throw mistake(at, "this regular expression has no group", "expected one in parentheses");
    line.expect("from");
    auto const from = line.one_of(sources, "a source of captures");
    auto field = from == capture::source::header ? line.word("the name of a field") : std::string();
    return capture{std::move(name), std::move(pattern), from, std::move(field)};
}

action parse_delay(cursor& line, manner const&) {
    return pause{line.duration()};
}

/// Parses `seed N rate N kinds NAME...`; without kinds all of them.
action parse_fuzz(cursor& line, manner const& how) {
    constexpr std::uint32_t all = (1u << mutation_count) - 1;
    fuzz found;
    line.expect("seed");
    auto const seed = line.number("a number");
    found.seed = how.in_force.fuzz_seed.value_or(seed);
    line.expect("rate");
    found.rate = line.number("how many of a hundred frames are changed", 0, 100);
    if (!line.take("kinds")) {
        found.kinds = all;
        return found;
    }
    std::vector<std::string_view> names;
    for (unsigned i = 0; i != mutation_count; ++i) names.push_back(word_of(static_cast<mutation>(i)));
    do {
        auto const at = line.offset();
        auto const spelt = line.word("a kind of change");
        auto const one = std::ranges::find(names, spelt);
        if (one == names.end()) throw mistake(at, text::explain_unknown(spelt, "a kind of change", names));
        found.kinds |= 1u << (one - names.begin());
    } while (line.at_word());
    return found;
}

constexpr text::keyword<action (*)(cursor&, manner const&)> verbs[] = {
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
    {"quit-nc", parse_plain<command::quit_nc>},
    {"close", parse_ending<ending::closed>},
    {"reset", parse_ending<ending::reset>},
    {"half-close", parse_ending<ending::half_closed>},
    {"bytes", parse_bytes},
    {"frame", parse_frame},
    {"write", parse_write},
    {"drop", parse_drop},
    {"delay", parse_delay},
    {"pause-reading", parse_pause_reading},
    {"sync", parse_sync},
    {"capture", parse_capture},
    {"fuzz", parse_fuzz},
};

}  // namespace

std::vector<std::string_view> action_words() {
    return text::names_of<action (*)(cursor&, manner const&)>(verbs);
}

action parse_action(cursor& line, manner const& how) {
    auto const* const event = std::ranges::find(stages, line.peek(), &text::keyword<command>::name);
    auto const parse = line.one_of(verbs, "a step");
    auto const is_any = how.in_force.plays == role::filter && event != std::end(stages) && !line.at_word() &&
                        !line.at(token_kind::heredoc);
    return is_any ? plain{event->meaning, {}} : parse(line, how);
}

}  // namespace testmta::run
