#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "text/expression.hpp"

namespace testmta::run {

enum class comparison { equal, unequal, less, at_most, greater, at_least, matches, differs };

/// Returns the sign as a script writes it.
std::string_view sign_of(comparison how);

/// Compares two values that have an order. `matches` and `differs` are for texts alone.
template <class Value>
bool satisfies(comparison how, Value const& left, Value const& right) {
    switch (how) {
        case comparison::equal: return left == right;
        case comparison::unequal: return left != right;
        case comparison::less: return left < right;
        case comparison::at_most: return left <= right;
        case comparison::greater: return left > right;
        case comparison::at_least: return left >= right;
        case comparison::matches:
        case comparison::differs: break;
    }
    return false;
}

/// What a text must be: equal to another, or such that a regular expression is found in it.
class text_test {
public:
    comparison how = comparison::equal;
    std::string value;
    std::optional<text::expression> pattern;  ///< of `matches` and `differs`

    bool holds_for(std::string_view text) const;
    /// Returns the test as a script writes it, such as `== "x"`.
    std::string describe() const;
};

class number_test {
public:
    comparison how = comparison::equal;
    std::uint64_t value = 0;

    bool holds_for(std::uint64_t number) const { return satisfies(how, number, value); }
    std::string describe() const;
};

}  // namespace testmta::run
