#pragma once

#include <vector>

#include "script/settings.hpp"
#include "script/step.hpp"
#include "text/cursor.hpp"
#include "text/lexer.hpp"

namespace testmta::run {

/// Variables of a line that is parsed while the test is played.
class late_values {
public:
    late_values(text::variables known, text::name_set captured)
        : known_(std::move(known)), captured_(std::move(captured)) {}
    /// Returns all, those that were captured with the values that they have now.
    text::variables with(text::variables const& now) const;

private:
    text::variables known_;
    text::name_set captured_;
};

/// A line that uses captured values, and is therefore parsed when it is reached.
class late_line {
public:
    late_line(text::statement from, settings rules, late_values values)
        : line_(std::move(from)), in_force_(std::move(rules)), values_(std::move(values)) {}

    /// Throws `text::mistake` if the line is wrong with these values.
    std::vector<step> parse(text::variables const& captured) const;

private:
    text::statement line_;
    settings in_force_;
    late_values values_;
};

/// A comparison of an `if` that uses captured values.
class late_condition {
public:
    late_condition(text::statement from, late_values values)
        : line_(std::move(from)), values_(std::move(values)) {}

    /// Throws `text::mistake`, too.
    bool holds(text::variables const& captured) const;

private:
    text::statement line_;
    late_values values_;
};

/// Parses `VALUE CMP VALUE` and returns whether it holds.
bool parse_comparison(text::cursor& line);

}  // namespace testmta::run
