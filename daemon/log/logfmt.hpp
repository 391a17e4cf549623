#pragma once

#include <string>
#include <string_view>

namespace vouchd {

/// Returns one value of a log line: bare if nothing in it needs quotes, else in quotes, with every byte
/// outside 0x20..0x7e as `\xHH`, so that no value can begin a line or steer a terminal. It is cut after
/// `most` bytes of output, never inside an escape, and then says how many bytes are missing (daemon.md 8.2).
std::string logfmt_value(std::string_view value, std::size_t most);

/// Returns the text with the same escapes and without quotes, for a terminal.
std::string escaped(std::string_view text);

}  // namespace vouchd
