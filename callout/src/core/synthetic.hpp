#pragma once

#include <string>
#include <string_view>

#include "callout/verification.hpp"

namespace callout::core {

/// A reply in our words where nobody replied: code, enhanced code and text (smtp-callout.md 1.3).
std::string synthetic_reply(reason why, std::string_view detail);

/// A verdict by a fact that is no reply.
verification verdict_by_fact(status s, reason r, scope whose, std::string_view detail);

}  // namespace callout::core
