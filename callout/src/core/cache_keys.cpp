#include "callout/core/cache_keys.hpp"

namespace callout::core {

cache_keys::cache_keys(mailbox const& box, engine_options const& options) {
    auto const parameters = "|<>" +
                            (options.fallback_sender ? ',' + *options.fallback_sender : std::string()) + '|' +
                            std::to_string(options.port);
    address = "v1:a:" + box.address() + parameters;
    domain = "v1:d:" + box.domain() + parameters;
}

std::string cache_keys::remote(boost::asio::ip::address const& to, engine_options const& options) {
    auto const& source = options.source_for(to);
    return "v1:b:" + to.to_string() + '|' + (source ? source->to_string() : "") + '|' +
           std::to_string(options.port);
}

}  // namespace callout::core
