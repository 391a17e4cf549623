#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "milterproto/core/wire/message.hpp"
#include "script/dialect.hpp"
#include "text/expression.hpp"

/// A script (testmta.md 3), ready to be played: variables replaced, blocks unrolled, implied steps and
/// expectations filled in.
namespace testmta::run {

namespace core = milterproto::core;
using duration = std::chrono::microseconds;

// What is expected of the filter.

struct answer_is {
    core::answer what;
};
/// A reply of the filter's own, with the parts of it that matter to the script.
class reply_is {
public:
    int code = 0;
    std::string enhanced;                     ///< empty: any
    std::optional<std::string> text;          ///< as the SMTP client would see it
    std::optional<text::expression> pattern;  ///< is found in the text
};
struct any_answer {};
struct nothing {
    std::optional<duration> within;  ///< unset: does not wait at all
};
struct closed {
    std::optional<duration> within;
};
/// The filter's answer to the offer. A value that is unset may be anything that was offered.
struct negotiated {
    std::optional<std::uint32_t> version, actions, steps;
};
enum class comparison { equal, unequal, less, at_most, greater, at_least };
/// The time from the last byte written to the first byte of the answer.
struct elapsed {
    comparison how;
    duration time;
};
using expectation = std::variant<answer_is, reply_is, any_answer, nothing, closed, negotiated, elapsed>;

// What is sent.

struct open {};
struct offer {
    std::optional<std::uint32_t> version, actions, steps;
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
/// An event whose payload is bytes and usually empty: data, eoh, eom, abort, quit.
struct plain {
    core::command what;
    std::string octets;
};
struct body {
    std::string octets;
    std::size_t chunk;
};
struct octets {
    std::string what;
};
/// From here on frames are written in pieces of this size; 0: whole again.
struct split_writes {
    std::size_t each;
    duration gap;
};
/// Only this much of the next frame is sent, then the connection is closed.
struct drop_after {
    std::size_t octets;
};
struct pause {
    duration time;
};
struct close_connection {};
/// Nothing is sent, something is expected.
struct only_expect {};
using action = std::variant<open, offer, macros, connect, words, plain, body, octets, split_writes,
                            drop_after, pause, close_connection, only_expect>;

/// Returns the command that the action sends, if it is an event of the protocol.
std::optional<core::command> event_of(action const& what);

class step {
public:
    std::size_t offset = 0;  ///< of its statement in the file
    bool forced = false;     ///< sent even if it is out of order or was declined
    run::action action = only_expect{};
    std::vector<expectation> expectations;
    bool explicit_expectations = false;  ///< written in the script, so an event that was declined fails them
    duration limit{};                    ///< for each wait
};

class test {
public:
    std::string name;
    std::size_t offset = 0;
    dialect const* as = nullptr;
    std::string milter;        ///< the socket that the script names; if empty, the command line must name it
    duration closing_limit{};  ///< how long the filter may take to close after the MTA
    std::vector<step> steps;
};

}  // namespace testmta::run
