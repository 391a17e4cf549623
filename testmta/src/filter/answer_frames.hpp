#pragma once

#include <string>

#include "milterproto/core/wire/message.hpp"
#include "script/expectation.hpp"

/// The frames of what a script lets a filter say.
namespace testmta::filter {

namespace core = milterproto::core;

/// Returns the frames of an edit or of a sign of progress; none for anything else.
std::string frames_before_answer(run::expectation const& said);
/// Returns the frame of a verdict or a reply; none for anything else.
std::string frame_of_answer(run::expectation const& said);
/// Returns what the filter agrees to: what the script says, or everything that it may change and no step left
/// out.
core::option_set agreement_to(core::option_set const& offered, run::negotiated const& said);

}  // namespace testmta::filter
