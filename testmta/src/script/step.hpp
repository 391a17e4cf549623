#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "script/expectation.hpp"
#include "script/fuzz.hpp"

/// What a script sends.
namespace testmta::run {

/// The macros that go with events besides those that the script names: those of the dialect, or none.
enum class macros_of { dialect, script_alone };

struct open {
    macros_of macros = macros_of::dialect;
};
struct offer {
    std::optional<std::uint32_t> version;
    option_mask actions, steps;
};
/// Macros to be sent with the next event of the stage.
struct macros {
    core::command stage;
    std::vector<std::pair<std::string, std::string>> values;
};
struct connect {
    std::string hostname;
    core::family family;
    std::uint16_t port;
    std::string address;
};
/// An event whose payload is strings: helo, mail, rcpt, header, unknown. The value of a header field is all
/// that follows its colon.
struct words {
    core::command what;
    std::vector<std::string> strings;
};
/// An event whose payload is bytes and usually empty: data, eoh, eom, abort, quit, quit-nc.
struct plain {
    core::command what;
    std::string octets;
};
struct body {
    std::string octets;
    std::size_t chunk;  ///< 0: as much as was agreed
};
struct octets {
    std::string what;
};
/// From here on frames are written in pieces: of one size, or cut at these places of each write.
struct split_writes {
    std::size_t each = 0;  ///< 0, and no places: whole again
    std::vector<std::size_t> at;
    duration gap{};
};
/// Only this much of the next frame is sent, then the connection is closed.
struct drop_after {
    std::size_t octets;
};
struct pause {
    duration time;
};
/// For so long nothing is read, so that what the filter writes fills up.
struct pause_reading {
    duration time;
};
enum class ending { closed, reset, half_closed };
struct end_connection {
    ending how;
};
/// Waits until so many sessions have come to the label; 0: all of the block.
struct meet {
    std::string label;
    std::size_t sessions;
};
/// Takes the first group of the expression out of what has come, and keeps it as a variable.
struct capture {
    std::string name;
    text::expression pattern;
    enum class source { reply, header, transcript, body } from;
    std::string header;
};
/// Nothing is sent, something is expected.
struct only_expect {};
using action =
    std::variant<open, offer, macros, connect, words, plain, body, octets, split_writes, drop_after, pause,
                 pause_reading, end_connection, meet, capture, fuzz, only_expect>;

/// Returns the command that the action sends, if it is an event of the protocol.
std::optional<core::command> event_of(action const& what);

/// What an event has for an answer if the script does not say.
enum class implied { proceed, any, none };

class step {
public:
    std::size_t offset = 0;          ///< of its statement in the script
    std::vector<std::size_t> calls;  ///< of the statements that call the block that it is in, outermost first
    bool forced = false;             ///< sent even if it is out of order or was declined
    run::action action = only_expect{};
    std::vector<expectation> expectations;
    bool explicit_expectations = false;  ///< written in the script, so an event that was declined fails them
    duration limit{};                    ///< for each wait
    implied others = implied::proceed;   ///< what a filter answers to events that come before its own
};

}  // namespace testmta::run
