#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace submission::sending {

/// RFC 4648 4, with padding and without line ends, as AUTH has it.
std::string to_base64(std::string_view octets);
/// Returns nothing if the text is not that.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace submission::sending
