#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "script/dialect.hpp"
#include "script/late_line.hpp"
#include "script/option_mask.hpp"
#include "script/step.hpp"

/// A test, ready to be played: blocks unrolled, variables replaced, implied steps and expectations filled in.
/// What depends on the filter stays open: conditions on what was negotiated, and lines with captured values.
namespace testmta::run {

class node;

/// `if`: one of two bodies, chosen when it is reached.
class choice {
public:
    std::variant<negotiated, late_condition> condition;
    bool inverted = false;  ///< `not-negotiated`
    std::vector<node> then, otherwise;
};
/// Steps whose bytes leave in one write.
struct together {
    std::vector<step> steps;
};
/// Lines that belong to a session with a name.
class on_session {
public:
    std::string name;
    bool ends_with_block = false;  ///< it is one of several copies
    std::vector<node> body;
};
/// Sessions that run at the same time.
struct parallel {
    std::vector<on_session> sessions;
};

class node {
public:
    std::size_t offset = 0;
    std::vector<std::size_t> calls;
    std::variant<step, late_line, choice, together, on_session, parallel> what;
};

/// Without this the test is skipped.
class need {
public:
    std::string text;      ///< as the script writes it
    negotiated agreement;  ///< its version is the least one
};

class test {
public:
    std::string name;
    std::size_t offset = 0;
    dialect const* as = nullptr;
    std::string milter;        ///< the socket that the script names; if empty, the command line must name it
    duration closing_limit{};  ///< how long the filter may take to close after the MTA
    std::vector<need> needs;
    std::vector<std::string> tags;
    bool is_fuzzed = false;  ///< so that what it sends is worth keeping
    std::vector<node> body;
    duration limit{};                   ///< of a filter: for each wait after the last line
    implied others = implied::proceed;  ///< of a filter: its answer to events after the last line
};

}  // namespace testmta::run
