#pragma once

#include <optional>
#include <string_view>

#include "smtpserver/core/connection.hpp"
#include "smtpserver/core/reply.hpp"

namespace smtpserver::core {

/// The attributes that XCLIENT may set here, as EHLO lists them.
inline constexpr std::string_view xclient_attributes = "NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT";

/// Reads the argument of XCLIENT (Postfix' XCLIENT_README). Returns the refusal, or nothing if `into` is as
/// the argument says.
std::optional<reply> read_xclient(std::string_view argument, connection& into);

}  // namespace smtpserver::core
