#pragma once

#include <string>
#include <string_view>

namespace milterproto::detail {

/// Returns bytes as one line of text: \r \n \t \0 \\ \xHH. Bytes beyond ASCII stay, because they may be
/// UTF-8.
std::string escaped(std::string_view bytes);
/// Returns the bytes of such a text; std::logic_error where a backslash does not begin an escape.
std::string unescaped(std::string_view text);

}  // namespace milterproto::detail
