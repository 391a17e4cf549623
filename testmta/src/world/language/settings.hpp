#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "callout/options.hpp"
#include "world/language/expectation.hpp"

/// The settings of the engine that an entry may choose (`engine NAME VALUE`).
namespace testmta::world {

/// What an entry's engine is, and what its questions ask besides.
class engine_settings {
public:
    callout::engine_options options;
    callout::extra_tests tests;
};

std::vector<std::string_view> setting_names();
/// What is wrong with a setting's value; empty if nothing is.
std::string problem_of(setting const& chosen);
/// Of a setting that has no problem.
void apply(setting const& chosen, engine_settings& into);

}  // namespace testmta::world
