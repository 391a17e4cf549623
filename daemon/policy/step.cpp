#include "policy/step.hpp"

#include <stdexcept>
#include <string>

namespace vouchd {

boost::asio::awaitable<ruling> rule::in_time(subject const&, wish const&, callout::steady_time) const {
    throw std::logic_error("the rule " + std::string(name()) + " did not rule at once");
}

}  // namespace vouchd
