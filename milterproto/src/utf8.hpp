#pragma once

#include <cstddef>
#include <string_view>

namespace milterproto {

/// Returns how many bytes the character has that `text` begins with, 1 to 4; 0 if it is not well-formed UTF-8
/// (RFC 3629), or empty.
std::size_t utf8_character(std::string_view text) noexcept;

}  // namespace milterproto
