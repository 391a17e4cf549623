#include "callout/options.hpp"

namespace callout {

std::vector<std::string> engine_options::senders() const {
    std::vector<std::string> all(1);
    if (fallback_sender) all.push_back(*fallback_sender);
    return all;
}

std::vector<std::string> engine_options::senders_for(request const& what) const {
    if (what.senders.empty()) return senders();
    std::vector<std::string> all;
    all.reserve(what.senders.size());
    for (auto const& one : what.senders) all.push_back(one ? one->address() : std::string());
    return all;
}

route const* engine_options::route_for(request const& what) const {
    if (!what.route.empty()) return &what.route;
    auto const found = routes.find(what.address.domain());
    return found == routes.end() || found->second.empty() ? nullptr : &found->second;
}

}  // namespace callout
