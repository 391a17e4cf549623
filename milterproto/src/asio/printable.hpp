#pragma once

#include <string>
#include <string_view>

namespace milterproto::detail {

/// Returns the octets as one line of printable ASCII, with the escapes \r \n \t \\ \" \xHH. Of more than
/// `most` octets the rest is cut off, and "..." stands for it.
std::string printable(std::string_view octets, std::size_t most);

}  // namespace milterproto::detail
