#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "config/problem.hpp"

namespace vouchd {

/// Keys have two or three parts. toml++ makes a table within a table for each part, and a file with a key of
/// very many would use up the stack.
constexpr std::size_t most_key_parts = 16;

/// Returns the place of the first dot in the TOML text of a file that gives a key more than `most_key_parts`.
/// It need not be a valid text.
std::optional<place> find_deep_key(std::string_view text, std::string const& file);

}  // namespace vouchd
