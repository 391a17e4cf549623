#pragma once

#include <cstddef>
#include <string_view>

namespace milterproto {

/// Returns the octets of the character that `text` begins with, 1 to 4; 0 where it is not well-formed UTF-8
/// (RFC 3629), or empty.
std::size_t utf8_character(std::string_view text) noexcept;

}  // namespace milterproto
