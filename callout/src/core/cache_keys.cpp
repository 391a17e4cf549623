#include "core/cache_keys.hpp"

#include <algorithm>

#include "core/ascii.hpp"

namespace callout::core {
namespace {

/// HOST of the callout protocol says something of the address that the domain's own servers may not.
std::string host_choice_of(request const& what) {
    switch (what.hosts.mode) {
        case host_mode::mxfirst: return {};
        case host_mode::mxonly: return "|mxonly:" + in_lower_case(what.hosts.host);
        case host_mode::hostonly: return "|hostonly:" + in_lower_case(what.hosts.host);
        case host_mode::hostfirst: break;
    }
    return "|hostfirst:" + in_lower_case(what.hosts.host);
}

std::string name_of(request const& what, engine_options const& options) {
    return what.helo && *what.helo != options.helo ? '|' + *what.helo : std::string();
}

/// No address and no name holds a line end.
std::string identity_of(request const& what, engine_options const& options) {
    bool const other_tls = what.tls && *what.tls != options.tls;
    bool const other_senders = !what.senders.empty() && options.senders_for(what) != options.senders();
    auto all = name_of(what, options);
    if (other_senders) {
        for (auto const& one : options.senders_for(what)) all += '\n' + one;
    }
    if (other_tls) all += "\ntls=" + std::to_string(unsigned(*what.tls));
    return all;
}

/// Whom it is asked as, and where: the port, or the hosts of a route.
std::string parameters_of(request const& what, engine_options const& options) {
    std::string all;
    for (auto const& sender : options.senders_for(what)) {
        all += all.empty() ? '|' : ',';
        all += sender.empty() ? "<>" : sender;
    }
    all += host_choice_of(what);
    auto const* const hosts = options.route_for(what);
    if (!hosts) return all + '|' + std::to_string(options.port);
    for (auto const& one : *hosts) {
        all += (one.via == protocol::lmtp ? "|lmtp:" : "|smtp:") + one.host + ':' + std::to_string(one.port);
    }
    return all;
}

}  // namespace

cache_keys::cache_keys(request const& what, engine_options const& options) {
    auto const& box = what.address;
    auto const parameters = parameters_of(what, options) + name_of(what, options);
    auto const name = options.fold_local_part_case ? in_lower_case(box.address()) : box.address();
    address = "v1:a:" + name + parameters;
    domain = "v1:d:" + box.domain() + parameters;
    domain_facts = "v1:f:" + box.domain() + parameters;
    asked_as = identity_of(what, options);
}

std::string cache_keys::remote(endpoint const& to, engine_options const& options) const {
    auto const& source = options.source_for(to.address());
    return "v1:b:" + to.address().to_string() + '|' + (source ? source->to_string() : "") + '|' +
           std::to_string(to.port()) + asked_as;
}

std::string cache_keys::host_facts(endpoint const& to) {
    return "v1:h:" + to.address().to_string() + '|' + std::to_string(to.port());
}

}  // namespace callout::core
