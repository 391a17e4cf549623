#include "callout/core/cache_keys.hpp"

#include <algorithm>

namespace callout::core {
namespace {

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string folded(std::string text) {
    std::ranges::transform(text, text.begin(), lower);
    return text;
}

}  // namespace

cache_keys::cache_keys(mailbox const& box, engine_options const& options) {
    auto const parameters = "|<>" +
                            (options.fallback_sender ? ',' + *options.fallback_sender : std::string()) + '|' +
                            std::to_string(options.port);
    auto const name = options.fold_local_part_case ? folded(box.address()) : box.address();
    address = "v1:a:" + name + parameters;
    domain = "v1:d:" + box.domain() + parameters;
    domain_facts = "v1:f:" + box.domain() + parameters;
}

std::string cache_keys::remote(boost::asio::ip::address const& to, engine_options const& options) {
    auto const& source = options.source_for(to);
    return "v1:b:" + to.to_string() + '|' + (source ? source->to_string() : "") + '|' +
           std::to_string(options.port);
}

std::string cache_keys::host_facts(boost::asio::ip::address const& to, engine_options const& options) {
    return "v1:h:" + to.to_string() + '|' + std::to_string(options.port);
}

}  // namespace callout::core
