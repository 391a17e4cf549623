#pragma once

#include <string>
#include <string_view>

#include "milterproto/core/wire/message.hpp"

/// Describes frames in a form that a person can read.
namespace testmta::run {

enum class sender { mta, filter };

/// `RCPT <a@b>`, `TEMPFAIL`, `REPLY 550 5.1.1 no such user`.
std::string describe_frame(sender from, char letter, std::string_view payload);
/// Returns the word of the script language: "continue", "reject"...; empty if it has none.
std::string_view script_word(milterproto::core::answer what);

/// Returns lines of 16 bytes in hexadecimal and ASCII, and at most 256 bytes.
std::string hex_dump(std::string_view octets, std::string_view margin);

}  // namespace testmta::run
