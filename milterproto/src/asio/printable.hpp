#pragma once

#include <string>
#include <string_view>

namespace milterproto::detail {

/// Returns the bytes as one line of printable ASCII, with the escapes \r \n \t \\ \" \xHH. If there are more
/// than `most` bytes, "..." stands for the rest.
std::string printable(std::string_view bytes, std::size_t most);

}  // namespace milterproto::detail
