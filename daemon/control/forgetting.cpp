#include "control/forgetting.hpp"

#include <boost/json.hpp>

namespace vouchd {

namespace {

bool is_of_address(std::string const& what) {
    return what.find('@') != std::string::npos;
}

std::size_t records_of(std::string const& what, callout::engine& engine) {
    return is_of_address(what) ? engine.forget(callout::mailbox::parse(what).value())
                               : engine.forget(callout::host_name::parse(what).value());
}

}  // namespace

std::optional<std::string> objection_to_forgetting(std::string const& what) {
    auto const wrong =
        is_of_address(what) ? callout::mailbox::parse(what).error() : callout::host_name::parse(what).error();
    if (!wrong) return std::nullopt;
    return what + " is neither an address nor a server: " + wrong.message();
}

boost::json::object forget(std::string const& what, callout::engine& engine) {
    if (auto const wrong = objection_to_forgetting(what)) return {{"failure", *wrong}};
    return {{"forgotten", records_of(what, engine)}};
}

}  // namespace vouchd
