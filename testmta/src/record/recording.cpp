#include "record/recording.hpp"

#include <charconv>

#include "milterproto/core/wire/codec.hpp"
#include "text/cursor.hpp"
#include "text/printable.hpp"

namespace testmta::record {

namespace core = milterproto::core;

namespace {

constexpr std::uint32_t version = 1;
constexpr std::size_t octets_of_line = 64;
constexpr std::uint32_t most_sessions = 1'000'000;

std::string in_hex(std::string_view octets) {
    std::string out;
    out.reserve(2 * octets.size());
    for (unsigned char const octet : octets)
        out.append(1, text::hex_digits[octet >> 4U]).append(1, text::hex_digits[octet & 0xFU]);
    return out;
}

std::string decoded(recorded const& what) {
    auto const frame = frame_in(what.octets);
    if (!frame) return "bytes that are not a whole frame";
    auto text = run::describe_frame(what.from, frame->letter, frame->payload);
    // A backslash at the end would join the next line.
    if (text.ends_with('\\')) text += ' ';
    return text;
}

/// Parses `12081us`. Unlike other times it may be days.
run::duration read_time(text::cursor& line) {
    auto const at = line.offset();
    auto const word = line.word("the time of the frame");
    std::int64_t time = 0;
    auto const* const end = word.data() + word.size();
    auto const [stop, bad] = std::from_chars(word.data(), end, time);
    if (bad != std::errc() || time < 0 || std::string_view(stop, end) != "us")
        throw text::mistake(at, '"' + word + "\" is not a time of a frame",
                            "expected microseconds, such as 12081us");
    return run::duration(time);
}

recorded read_line(text::cursor& line) {
    static constexpr text::keyword<run::sender> ways[] = {{">", run::sender::mta},
                                                          {"<", run::sender::filter}};
    recorded found;
    found.offset = line.offset();
    found.session = line.number("the number of a session", 1, most_sessions);
    found.when = read_time(line);
    found.from = line.one_of(ways, "a direction");
    if (!line.take("closed")) found.octets = line.hex();
    line.expect_end();
    return found;
}

void read_heading(text::cursor& line) {
    auto const at = line.offset();
    if (!line.take("recording"))
        throw text::mistake(at, "this is not a recording", "expected \"recording 1\" in its first line");
    line.number("version 1 of recordings", version, version);
    line.expect_end();
}

}  // namespace

std::optional<core::frame> frame_in(std::string_view octets) {
    auto rest = octets;
    auto const length = core::take_u32(rest);
    if (!length || *length == 0 || *length != rest.size()) return std::nullopt;
    return core::frame{rest.front(), rest.substr(1)};
}

std::string_view heading() {
    return "recording 1\n";
}

std::string line_of(recorded const& what) {
    auto out = std::to_string(what.session) + ' ' + std::to_string(what.when.count()) + "us " +
               (what.from == run::sender::mta ? "> " : "< ");
    if (what.octets.empty()) return out + "closed\n";
    auto rest = std::string_view(what.octets);
    for (; rest.size() > octets_of_line; rest.remove_prefix(octets_of_line))
        out.append(in_hex(rest.substr(0, octets_of_line))).append(" \\\n    ");
    return out.append(in_hex(rest)).append("  # ").append(decoded(what)).append("\n");
}

std::vector<recorded> read_recording(text::source const& file, text::mistakes& wrong) {
    std::vector<recorded> found;
    auto const lines = text::read_statements(file, text::heredocs::refused, wrong);
    if (lines.empty() && wrong.none())
        wrong.add(text::mistake(0, "this is not a recording", "expected \"recording 1\" in its first line"));
    auto is_first = true;
    for (auto const& one : lines) {
        if (wrong.full()) break;
        try {
            text::cursor line(one, {});
            if (std::exchange(is_first, false)) {
                read_heading(line);
            } else {
                found.push_back(read_line(line));
            }
        } catch (text::mistake& bad) {
            wrong.add(std::move(bad));
        }
    }
    return found;
}

}  // namespace testmta::record
