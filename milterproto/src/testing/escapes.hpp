#pragma once

#include <string>
#include <string_view>

namespace milterproto::detail {

/// Octets as one line of text: \r \n \t \0 \\ \xHH. What is beyond ASCII stays, for it may be UTF-8.
std::string escaped(std::string_view octets);
/// The reverse; std::logic_error where a backslash begins nothing.
std::string unescaped(std::string_view text);

}  // namespace milterproto::detail
