#include "explain/text_at.hpp"

#include <boost/json.hpp>

namespace vouchd {

std::optional<std::string> text_at(boost::json::value const& document, std::string_view key) {
    auto const* const object = document.if_object();
    auto const* const value = object != nullptr ? object->if_contains(key) : nullptr;
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string(value->as_string());
}

}  // namespace vouchd
