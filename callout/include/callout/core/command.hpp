#pragma once

#include <string>
#include <string_view>

namespace callout::core {

/// All that a callout ever says. There is no DATA, BDAT, VRFY or EXPN here, so none can be sent (CO-126,
/// I11).
enum class verb { ehlo, helo, mail, rcpt, rset, quit };

/// "RCPT TO:<ann@example.org>", without line end. `argument` is a host name or an address that was parsed.
std::string command_line(verb v, std::string_view argument = {});

inline constexpr std::string_view line_end = "\r\n";

}  // namespace callout::core
