#include "control/forgetting.hpp"

#include <boost/json.hpp>

namespace vouchd {

namespace {

bool is_of_address(std::string const& what) {
    return what.find('@') != std::string::npos;
}

boost::asio::awaitable<std::size_t> records_of(std::string const& what, callout::engine& engine) {
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

boost::asio::awaitable<boost::json::object> forget(std::string what, callout::engine& engine) {
    boost::json::object answer;
    if (auto const wrong = objection_to_forgetting(what)) {
        answer["failure"] = *wrong;
    } else {
        answer["forgotten"] = co_await records_of(what, engine);
    }
    co_return answer;
}

}  // namespace vouchd
