#pragma once

#include <gtest/gtest.h>

#include "world/language/parser.hpp"

namespace testmta::world {

inline std::optional<description> parse_text(std::string const& content, std::string* report = nullptr) {
    text::source const file("w", content);
    text::mistakes wrong;
    auto found = parse(file, wrong);
    if (report != nullptr) *report = wrong.report(file);
    return found;
}

/// Returns a world that must not have a mistake.
inline description good_world(std::string const& content) {
    std::string report;
    auto found = parse_text(content, &report);
    EXPECT_EQ(report, "");
    return found ? *std::move(found) : description();
}

}  // namespace testmta::world
