#pragma once

#include <string>
#include <string_view>

#include "callout/verification.hpp"

namespace callout::core {

/// Returns a reply in our words where no peer replied: code, enhanced code and text (smtp-callout.md 1.3).
std::string synthetic_reply(reason why, std::string_view detail);

/// Returns a verdict by a fact that is not a reply.
verification verdict_by_fact(status s, reason r, scope whose, std::string_view detail);

}  // namespace callout::core
