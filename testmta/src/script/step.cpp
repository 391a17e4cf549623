#include "script/step.hpp"

namespace testmta::run {

std::optional<core::command> event_of(action const& what) {
    if (auto const* one = std::get_if<words>(&what)) return one->what;
    if (auto const* one = std::get_if<plain>(&what)) return one->what;
    if (std::holds_alternative<connect>(what)) return core::command::connect;
    if (std::holds_alternative<body>(what)) return core::command::body;
    if (std::holds_alternative<offer>(what)) return core::command::negotiate;
    return std::nullopt;
}

}  // namespace testmta::run
