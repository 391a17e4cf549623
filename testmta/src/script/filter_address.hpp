#pragma once

#include <optional>
#include <string>

#include "milterproto/socket_spec.hpp"

namespace testmta::run {

/// Parses the socket that a filter listens on. Returns nothing, and sets `problem` to what is wrong and what
/// would be right, if the text is not valid.
std::optional<milterproto::socket_spec> read_filter_address(std::string const& text, std::string& problem);

}  // namespace testmta::run
