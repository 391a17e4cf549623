#pragma once

#include <string>

#include "callout/verification.hpp"
#include "policy/subject.hpp"

namespace vouchd {

/// Returns whose words a remembered verdict repeats and how old they are: "said 12 minutes ago about
/// another address of example.org". Empty for a verdict that was just given. It does not name the other
/// address, because that is somebody else's mail.
std::string source_of(callout::verification const& verified, subject const& sender);

/// Returns the same, until when it is kept, and the command that ends it earlier: "..., kept until 2026-11-30
/// 23:10 UTC (`vouchd cache delete 192.0.2.10` ends it)". Empty for a verdict that was just given.
std::string provenance(callout::verification const& verified, subject const& sender);

/// Returns a moment as ISO 8601 has it, in UTC: "2026-11-30T23:10:05Z".
std::string timestamp(callout::system_time when);

}  // namespace vouchd
