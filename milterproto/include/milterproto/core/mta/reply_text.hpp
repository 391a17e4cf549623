#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "milterproto/core/mta/mta_dialect.hpp"

namespace milterproto::core {

/// Returns the text of a filter's reply as the SMTP client is to read it, with each `%` treated and with the
/// checks of the dialect's MTA (milter-protocol.md 7.9), or nothing if that MTA would not use it.
std::optional<std::string> read_reply_text(std::string_view payload, reply_rules const& rules);

/// Returns the three digits that a text begins with.
int reply_code(std::string_view text) noexcept;

}  // namespace milterproto::core
