#pragma once

#include <string_view>

#include "milterproto/core/mta/mta_dialect.hpp"

namespace milterproto::core {

/// Returns whether the MTA would take this text for the place of a filter, as an administrator writes it
/// (milter-protocol.md 9).
///
///     Postfix:  inet:HOST:PORT  unix:PATH  local:PATH          in lower case, never without a transport
///     Sendmail: inet:PORT@HOST  inet6:PORT@HOST  unix:/PATH  local:/PATH  :/PATH  /PATH
///
/// A port may be the name of a service. `milterproto::socket_spec` reads the forms of both.
bool takes_socket(socket_form form, std::string_view text) noexcept;

}  // namespace milterproto::core
