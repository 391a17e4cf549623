#pragma once

#include <string_view>

namespace smtpserver::core {

/// Returns whether the text is UTF-8 as RFC 3629 4 has it: no overlong form, no surrogate, nothing above
/// U+10FFFF. The C1 controls U+0080 to U+009F are refused as well, because a terminal would obey them.
bool is_utf8(std::string_view text);

}  // namespace smtpserver::core
