#pragma once

#include <vector>

#include "milterproto/core/mta/mta_frames.hpp"
#include "milterproto/core/wire/frame.hpp"
#include "milterproto/rehearsal.hpp"

namespace milterproto::detail {

/// Takes a packet that changes the message, as the MTA reads it: pieces of a new body that follow one another
/// are one edit. Without leading space the MTA writes a blank after a header's colon. A packet that is not a
/// change is ignored.
void append_edit(std::vector<rehearsal_edit>& edits, core::frame const& packet, core::leading_space first);

}  // namespace milterproto::detail
