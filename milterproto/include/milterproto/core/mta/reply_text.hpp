#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "milterproto/core/mta/mta_dialect.hpp"

namespace milterproto::core {

/// The text of a filter's reply as the SMTP client is to read it: the `%` treated, checked as the dialect's
/// MTA checks it (milter-protocol.md 7.9). Nothing where that MTA would not use it.
std::optional<std::string> read_reply_text(std::string_view payload, reply_rules const& rules);

/// The three digits that a text begins with.
int reply_code(std::string_view text) noexcept;

}  // namespace milterproto::core
