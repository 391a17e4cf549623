#pragma once

#include <string_view>

#include "smtpserver/core/reply.hpp"

namespace testmta::bridge {

/// Returns the reply whose whole text that is: each line with its code, lines separated by CR LF.
smtpserver::reply reply_from(std::string_view whole);

}  // namespace testmta::bridge
