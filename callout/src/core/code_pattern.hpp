#pragma once

#include <string_view>

namespace callout::core {

/// Returns whether a reply code fits one of the patterns, such as "550", "5xx", "50x 555": x is any digit.
constexpr bool code_fits(std::string_view patterns, unsigned code) {
    auto const same = [](char pattern, unsigned digit) {
        return pattern == 'x' || unsigned(pattern - '0') == digit;
    };
    while (patterns.size() >= 3) {
        if (same(patterns[0], code / 100) && same(patterns[1], code / 10 % 10) &&
            same(patterns[2], code % 10))
            return true;
        patterns.remove_prefix(patterns.size() > 4 ? 4 : patterns.size());
    }
    return false;
}

}  // namespace callout::core
