#pragma once

#include <string>
#include <string_view>

#include "milterproto/core/wire/message.hpp"

/// Frames as a person reads them.
namespace testmta::run {

enum class sender { mta, filter };

/// `RCPT <a@b>`, `TEMPFAIL`, `REPLY 550 5.1.1 no such user`.
std::string describe_frame(sender from, char letter, std::string_view payload);
/// The word of the script language: "continue", "reject"...
std::string_view script_word(milterproto::core::answer what);

/// Sixteen octets a line in hexadecimal and ASCII, cut after 256.
std::string hex_dump(std::string_view octets, std::string_view margin);

}  // namespace testmta::run
