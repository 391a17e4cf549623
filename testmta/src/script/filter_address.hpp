#pragma once

#include <optional>
#include <string>

#include "milterproto/socket_spec.hpp"

namespace testmta::run {

/// Reads where a filter is called. Nothing: `problem` says what is wrong with the text, and what would be
/// right.
std::optional<milterproto::socket_spec> read_filter_address(std::string const& text, std::string& problem);

}  // namespace testmta::run
