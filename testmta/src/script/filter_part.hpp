#pragma once

#include "script/step.hpp"

namespace testmta::run {

/// Throws `text::mistake` if a script that plays the filter cannot have such a step: what a filter says is
/// all there, and what it awaits is something that an MTA does.
void check_part_of_filter(step const& what);

}  // namespace testmta::run
