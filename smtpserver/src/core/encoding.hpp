#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace smtpserver::core {

/// Decodes base64 as AUTH sends it (RFC 4648 4): whole groups, padded, without line ends. Nothing if the text
/// is not that.
std::optional<std::string> from_base64(std::string_view text);

/// Decodes xtext (RFC 3461 4): `+` and two hexadecimal digits stand for a byte. Nothing if the text is not
/// that.
std::optional<std::string> from_xtext(std::string_view text);

}  // namespace smtpserver::core
