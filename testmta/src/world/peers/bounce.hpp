#pragma once

#include <string>

#include "world/peers/received_message.hpp"

namespace testmta::world {

/// Returns the message that a mail server sends when it cannot deliver what it has accepted: a delivery
/// status notification (RFC 3464) for all recipients, with the head of the message. Lines end in CR LF.
std::string make_bounce(received_message const& of, std::string const& host);

}  // namespace testmta::world
