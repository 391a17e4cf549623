#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "callout/options.hpp"
#include "world/language/expectation.hpp"

/// The settings of the engine that an entry may choose (`engine NAME VALUE`).
namespace testmta::world {

/// The options of an entry's engine, and the extra tests of its questions.
class engine_settings {
public:
    callout::engine_options options;
    callout::extra_tests tests;
};

std::vector<std::string_view> setting_names();
/// Returns what is wrong with a setting's value; empty if nothing is.
std::string problem_of(setting const& chosen);
/// Applies a setting for which `problem_of` is empty.
void apply(setting const& chosen, engine_settings& into);

}  // namespace testmta::world
