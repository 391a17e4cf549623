#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace vouchd {

/// Returns the text at KEY, or nothing if the document is not an object or has no text there.
std::optional<std::string> text_at(boost::json::value const& document, std::string_view key);

}  // namespace vouchd
