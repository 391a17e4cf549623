#include "core/erasure.hpp"

#include <algorithm>

#include "core/ascii.hpp"
#include "core/cache_keys.hpp"

namespace callout::core {

erasure erasure::of(mailbox const& address) {
    erasure all;
    all.domain_ = address.domain();
    all.beginnings_ = beginnings_of_keys(address);
    all.beginnings_.emplace_back(beginning_of_remotes);
    return all;
}

erasure erasure::of(std::string_view host, std::vector<ip_address> addresses) {
    erasure all;
    all.host_ = in_lower_case(host);
    all.beginnings_ = {std::string(beginning_of_remotes), std::string(beginning_of_host_facts)};
    for (auto const& one : addresses) all.addresses_.push_back(one.to_string());
    return all;
}

bool erasure::covers(std::string_view key, std::string_view host) const {
    auto const server = server_in(key);
    if (!domain_.empty()) {
        if (server) return server->domain == domain_;
        return std::ranges::any_of(beginnings_, [&](auto const& begin) { return key.starts_with(begin); });
    }
    if (!server) return false;
    bool const is_named = !host_.empty() && same_word(host, host_);
    return is_named || std::ranges::find(addresses_, server->address) != addresses_.end();
}

}  // namespace callout::core
