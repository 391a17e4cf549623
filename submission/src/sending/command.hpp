#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sending/offers.hpp"
#include "submission/batch.hpp"

/// The lines that a sending client says, without their ends. All that comes from outside was parsed before it
/// reached them, so that none holds a line end.
namespace submission::sending {

std::string ehlo_line(callout::helo_name const& who);
std::string helo_line(callout::helo_name const& who);
std::string etrn_line(etrn const& what);
/// `size` is left out where the server does not want it, and so are all parameters that it does not offer.
std::string mail_line(message const& what, offers const& server, std::optional<std::uint64_t> size,
                      std::optional<deliver_by> const& by);
std::string rcpt_line(recipient const& whom, offers const& server);
/// The bytes of the chunk follow the line.
std::string bdat_line(std::size_t octets, bool last);

}  // namespace submission::sending
