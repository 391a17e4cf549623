#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "milterproto/core/wire/message.hpp"
#include "script/comparison.hpp"
#include "script/option_mask.hpp"
#include "text/expression.hpp"

/// What a script expects of the filter (testmta.md 3).
namespace testmta::run {

namespace core = milterproto::core;
using duration = std::chrono::microseconds;

// Answers. A step awaits at most one.

struct answer_is {
    core::answer what;
};
/// A reply of the filter's own, with the parts of it that matter to the script.
class reply_is {
public:
    int code = 0;
    std::string enhanced;                     ///< empty: any
    std::optional<std::string> text;          ///< as the SMTP client would see it, lines separated by LF
    std::optional<text::expression> pattern;  ///< is found in the text
};
struct any_answer {};
/// Frames of any kind, the end of the connection, or nothing.
struct whatever {};
struct nothing {
    std::optional<duration> within;  ///< unset: does not wait at all
};
struct closed {
    std::optional<duration> within;
};
/// The filter's answer to the offer. A value that is unset may be anything that was offered.
struct negotiated {
    std::optional<std::uint32_t> version;
    option_mask actions, steps;
};

// What is looked at after an answer.

/// The time from the last byte written to the first byte of the answer.
struct elapsed {
    comparison how;
    duration time;
};
/// How often the filter said before its answer that it is at work.
struct progress_is {
    number_test count;
};

enum class edit_kind {
    add_header,
    insert_header,
    change_header,
    delete_header,
    replace_body,
    change_from,
    add_rcpt,
    delete_rcpt,
    quarantine,
};
/// An edit that the filter must have asked for at the end of the message, or must not. What is unset may be
/// anything.
class edit_is {
public:
    bool wanted = true;
    edit_kind what = edit_kind::add_header;
    std::optional<std::uint32_t> index;
    std::optional<text_test> subject;  ///< a field's name, an address, a reason, or the bytes of a body
    std::optional<text_test> value;    ///< a field's value, or the arguments of an address
};
struct edit_count {
    std::uint32_t count;
};

enum class final_subject { header, headers, body, from, rcpts, outcome, size };
struct is_absent {};
struct count_is {
    number_test count;
};
struct lists {
    std::vector<std::string> values;
};
/// A property of the message as it is after the edits.
class final_is {
public:
    final_subject of = final_subject::outcome;
    std::optional<std::uint32_t> index;  ///< of a field among those of its name, from 1
    std::string name;                    ///< of a field
    std::variant<is_absent, count_is, lists, text_test, number_test> test = is_absent{};
};

using expectation = std::variant<answer_is, reply_is, any_answer, whatever, nothing, closed, negotiated,
                                 elapsed, progress_is, edit_is, edit_count, final_is>;

/// Returns whether it awaits something of the filter, instead of looking at what has come.
bool awaits(expectation const& one);

/// Describes an expectation as a script writes it, such as `reply 550 5.1.1 "no such user"`.
std::string describe(expectation const& wanted);

std::string_view word_of(edit_kind what);
std::string_view word_of(final_subject what);

}  // namespace testmta::run
