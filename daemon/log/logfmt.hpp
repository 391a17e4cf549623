#pragma once

#include <string>
#include <string_view>

namespace vouchd {

/// One value of a log line: bare if nothing in it needs quotes, else quoted, and every octet outside
/// 0x20..0x7e as
/// `\xHH`, so that no value can begin a line or steer a terminal. Cut after `most` octets of output, never
/// inside an escape, with the number of octets that are missing (daemon.md 8.2).
std::string logfmt_value(std::string_view value, std::size_t most);

/// The same escapes without quotes: for a terminal.
std::string escaped(std::string_view text);

}  // namespace vouchd
